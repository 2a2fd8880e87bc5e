-- Which disputes, actions, holds and opening positions name an item nobody knows?
--
-- grain    one row per faulty delivered value
-- reads    item_references, known_items
-- why      a dispute on a mistyped item would let the disputed invoice be claimed

select
    item_references.table_name,
    item_references.line,
    item_references.item as found
from item_references
anti join known_items on item_references.item = known_items.item
where item_references.item is not null
