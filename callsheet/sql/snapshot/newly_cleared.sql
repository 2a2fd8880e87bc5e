-- Which items were open in the snapshot before and are no longer, as of $as_of?
--
-- grain    one row per item
-- reads    previous_open_items, open_items, payments
-- note     a payment tells its day; what a whole list just no longer shows ended the day before

select
    previous_open_items.item,
    coalesce(payments.paid_on, $as_of - 1) as cleared_on  -- noqa: RF02
from previous_open_items
anti join open_items on previous_open_items.item = open_items.item
left join payments on previous_open_items.item = payments.item
order by previous_open_items.item
