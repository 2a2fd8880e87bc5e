-- What should be open now, if the changes since the last pull were all there is?
--
-- grain    one row per item
-- reads    items_before, changed_items
-- note     an item that was settled comes among the changes with nothing open

select
    items_before.item,
    items_before.open_amount
from items_before
anti join changed_items on items_before.item = changed_items.item
union all
select
    item,
    open_amount
from changed_items
where open_amount <> 0
