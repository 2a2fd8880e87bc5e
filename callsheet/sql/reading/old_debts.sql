-- Which accounts owe undisputed debt that is older than the friendly phase?
--
-- grain    one row per customer, entity and currency
-- reads    item_state

select
    customer,
    entity,
    currency,
    sum(collectable) as collectable,
    min(due_date) as oldest_due
from item_state
where
    may_claim
    and due_date < $before
    and ($entity = '' or entity = $entity)
group by customer, entity, currency
order by entity, oldest_due, customer, currency
