-- Which accounts' facts changed since the snapshot before?
--
-- grain    one row per account; entity '' stands for a customer who has no open item
-- reads    differing_fingerprints, account_names, item_fingerprints
-- note     a change of the customer's own facts concerns all the customer's accounts

with differing as (
    select
        account_names.account,
        account_names.customer,
        account_names.entity,
        differing_fingerprints.old_fingerprint,
        differing_fingerprints.new_fingerprint
    from account_names
    inner join differing_fingerprints on account_names.account = differing_fingerprints.account
),

of_their_customer as (
    select
        account_names.account,
        account_names.customer,
        account_names.entity
    from account_names
    inner join differing on account_names.customer = differing.customer and differing.entity = ''
    anti join differing_fingerprints on account_names.account = differing_fingerprints.account
    where account_names.entity <> ''
)

select
    customer,
    entity,
    old_fingerprint,
    new_fingerprint
from differing
union all
select
    of_their_customer.customer,
    of_their_customer.entity,
    item_fingerprints.fingerprint as old_fingerprint,
    item_fingerprints.fingerprint as new_fingerprint
from of_their_customer
inner join item_fingerprints on of_their_customer.account = item_fingerprints.account
order by customer, entity
