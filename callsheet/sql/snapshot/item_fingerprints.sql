-- What do the items of each account say that a decision reads, as one number?
--
-- grain    one row per customer and entity
-- reads    open_items
-- note     `account` numbers customer and entity: grouping by one number costs half of grouping by
--          two texts

select
    hash(customer, entity) as account,
    any_value(customer) as customer,
    any_value(entity) as entity,
    bit_xor(
        hash(item, kind, issue_date, due_date, currency, open_amount, applies_to)
    ) as fingerprint
from open_items
group by hash(customer, entity)
