-- Which item leads when one looks at a customer by hand?
--
-- grain    one row: the oldest due item of the customer, or of the accounts that name it as head
-- reads    open_items, customers
-- ties     the oldest issue date, then the smallest item id

select
    coalesce(nullif(customers.head_account, ''), open_items.customer) as customer,
    open_items.entity,
    open_items.item
from open_items
left join customers on open_items.customer = customers.customer
where
    $customer in (open_items.customer, coalesce(customers.head_account, ''))
    and $entity in ('', open_items.entity)  -- noqa: RF02
    and list_contains($leading_kinds, open_items.kind)  -- noqa: RF02
    and open_items.open_amount > 0
    and open_items.due_date is not null
order by open_items.due_date, open_items.issue_date, open_items.item
limit 1
