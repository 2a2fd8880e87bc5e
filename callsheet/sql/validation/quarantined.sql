-- Which rows were set aside, why, and whose automatic messages do they stop?
--
-- grain    one row per delivered row and reason
-- reads    faults, delivered_rows, delivered_open_items, previous_open_items, days
-- ties     several findings of one reason: the smallest text

with owners_before as (
    select
        item,
        min(customer) as customer
    from previous_open_items
    group by item
),

item_owners as (
    select
        item,
        min(customer) as customer
    from (
        select
            item,
            customer
        from delivered_open_items
        union all
        select
            item,
            customer
        from previous_open_items
    ) as known_owners
    where customer is not null
    group by item
),

known_from as (
    select
        table_name,
        line,
        day as issued_on
    from days
    where column_name = 'issued_on'
),

found_faults as (
    select
        code,
        table_name,
        line,
        min(found) as found
    from faults
    group by code, table_name, line
)

select
    found_faults.table_name,
    found_faults.line,
    found_faults.code,
    coalesce(delivered_rows.entity, '') as entity,
    coalesce(delivered_rows.customer, item_owners.customer, '') as customer,
    if(
        owners_before.customer <> delivered_rows.customer, owners_before.customer, ''
    ) as owner_before,
    coalesce(delivered_rows.row_key, '') as row_key,
    coalesce(found_faults.found, '') as found,
    delivered_rows.raw,
    known_from.issued_on
from found_faults
inner join delivered_rows
    on
        found_faults.table_name = delivered_rows.table_name
        and found_faults.line = delivered_rows.line
left join item_owners on delivered_rows.item = item_owners.item
left join owners_before
    on delivered_rows.item = owners_before.item and found_faults.table_name = 'open_items'
left join known_from
    on found_faults.table_name = known_from.table_name and found_faults.line = known_from.line
order by found_faults.table_name, found_faults.line, found_faults.code
