-- Which items of the customers looked at are no longer open?
--
-- grain    one row per item
-- reads    item_state, looked_at, items

select item_state.item
from item_state
inner join looked_at on item_state.customer = looked_at.customer
anti join items on item_state.item = items.item
