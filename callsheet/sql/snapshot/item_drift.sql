-- How far is what the changes added up to from what the ERP holds?
--
-- grain    one row
-- reads    expected_items, found_items

select
    count(*) filter (where found_items.item is null) as vanished,
    count(*) filter (where expected_items.item is null) as missed,
    count(*) filter (where expected_items.open_amount <> found_items.open_amount) as differing
from expected_items
full outer join found_items on expected_items.item = found_items.item
