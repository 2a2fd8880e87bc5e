-- Which units that were looked at are none any more?
--
-- grain    one row per unit without an item and without an action
-- reads    account_state, looked_at, account_rows

select account_state.unit
from account_state
inner join looked_at on account_state.customer = looked_at.customer
anti join account_rows on account_state.unit = account_rows.unit
