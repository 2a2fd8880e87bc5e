-- Which open items belong to the wanted accounts?
--
-- grain    one row per open item
-- reads    wanted_accounts, open_items, customers
-- note     an account that names a head account is read as one with it (R2)

select
    wanted_accounts.unit,
    wanted_accounts.leader,
    open_items.item,
    open_items.customer,
    open_items.entity,
    open_items.number,
    open_items.kind,
    open_items.issue_date,
    open_items.due_date,
    open_items.currency,
    open_items.amount,
    open_items.open_amount,
    open_items.applies_to,
    open_items.order_reference
from open_items
left join customers on open_items.customer = customers.customer
inner join wanted_accounts
    on
        coalesce(nullif(customers.head_account, ''), open_items.customer)
        = wanted_accounts.customer
        and wanted_accounts.entity in ('', open_items.entity)
