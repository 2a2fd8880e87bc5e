-- Which open items belong to the wanted accounts?
--
-- grain    one row per open item
-- reads    wanted_accounts, customers, open_items
-- note     an account that names a head account is read as one with it (R2)

with
members as (
    select
        unit,
        leader,
        entity,
        customer
    from wanted_accounts
    union all
    select
        wanted_accounts.unit,
        wanted_accounts.leader,
        wanted_accounts.entity,
        customers.customer
    from customers
    inner join wanted_accounts on customers.head_account = wanted_accounts.customer
    where customers.customer <> wanted_accounts.customer
)

select
    members.unit,
    members.leader,
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
inner join members
    on open_items.customer = members.customer and members.entity in ('', open_items.entity)
