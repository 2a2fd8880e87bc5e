-- Which accounts' facts changed since the snapshot before?
--
-- grain    one row per account; entity '' stands for a customer who has no open item
-- reads    differing_fingerprints, new_accounts, previous_fingerprints
-- note     a change of the customer's own facts concerns all the customer's accounts; those that
--          do not differ themselves have the fingerprint of before

with differing as (
    select
        customer,
        entity,
        old_fingerprint,
        new_fingerprint
    from differing_fingerprints
    where old_fingerprint is not null
    union all
    select
        new_accounts.customer,
        new_accounts.entity,
        differing_fingerprints.old_fingerprint,
        differing_fingerprints.new_fingerprint
    from new_accounts
    inner join differing_fingerprints on new_accounts.account = differing_fingerprints.account
),

differing_customers as (
    select customer
    from differing
    where entity = ''
),

of_their_customer as (
    select
        previous_fingerprints.customer,
        previous_fingerprints.entity,
        previous_fingerprints.fingerprint
    from previous_fingerprints
    semi join
        differing_customers
        on previous_fingerprints.customer = differing_customers.customer
    anti join
        differing_fingerprints
        on previous_fingerprints.account = differing_fingerprints.account
    where previous_fingerprints.entity <> ''
)

select
    customer,
    entity,
    old_fingerprint,
    new_fingerprint
from differing
union all
select
    customer,
    entity,
    fingerprint as old_fingerprint,
    fingerprint as new_fingerprint
from of_their_customer
order by customer, entity
