-- Which last steps of a former tool does the source tell us of, up to $as_of?
--
-- grain    one row per account, leader and step
-- reads    opening_position, customers, open_items, payments

with known as (
    select * from opening_position
    where day <= $as_of
)

select
    known.customer,
    coalesce(nullif(customers.head_account, ''), known.customer) as head,
    known.entity,
    known.leader,
    coalesce(open_items.due_date, payments.due_date) as leader_due,
    known.scenario,
    known.step,
    known.day
from known
left join customers on known.customer = customers.customer
left join open_items on known.leader = open_items.item
left join payments on known.leader = payments.item
order by
    known.customer, known.entity, known.leader,
    known.day, known.step
