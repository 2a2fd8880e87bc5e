-- How many items were open in the last pull, and how many of them are not any more?
--
-- grain    one row
-- reads    open_items, open_items_before

select
    count(*) as items,
    count(*) filter (where open_items.item is null) as gone
from open_items_before
left join open_items on open_items_before.item = open_items.item
