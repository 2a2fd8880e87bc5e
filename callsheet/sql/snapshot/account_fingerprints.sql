-- What is kept of each account, for the next snapshot to compare with?
--
-- grain    one row per account
-- reads    item_fingerprints, customer_fingerprints, previous_fingerprints, new_accounts

with account_names as (
    select
        account,
        customer,
        entity
    from previous_fingerprints
    union all
    select
        account,
        customer,
        entity
    from new_accounts
)

select
    account_names.account,
    account_names.customer,
    account_names.entity,
    item_fingerprints.fingerprint
from item_fingerprints
inner join account_names on item_fingerprints.account = account_names.account
union all
select
    account,
    customer,
    entity,
    fingerprint
from customer_fingerprints
order by account, entity  -- the same bytes every time
