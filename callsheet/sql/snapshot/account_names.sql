-- Whose is each account of this snapshot and of the one before?
--
-- grain    one row per account
-- reads    previous_fingerprints, new_accounts

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
