-- What do the items of each account say that a decision reads, as one number?
--
-- grain    one row per customer and entity
-- reads    open_items
-- note     `account` numbers customer and entity: grouping by one number costs half of grouping by
--          two texts, and their names need not be carried through it

select
    hash(customer, entity) as account,
    bit_xor(
        hash(item, kind, issue_date, due_date, currency, open_amount, applies_to)
    ) as fingerprint
from open_items
group by hash(customer, entity)
