-- What do the items of each account say that a decision reads, as one number?
--
-- grain    one row per customer and entity
-- reads    open_items

select
    customer,
    entity,
    bit_xor(
        hash(item, kind, issue_date, due_date, currency, open_amount, applies_to)
    ) as fingerprint
from open_items
group by customer, entity
