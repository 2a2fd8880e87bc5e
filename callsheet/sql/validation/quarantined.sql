-- Which rows were set aside, why, and whose automatic messages do they stop?
--
-- grain    one row per delivered row and reason
-- reads    faults, delivered_rows, delivered_open_items, previous_open_items, days
-- ties     several findings of one reason: the smallest text
-- note     a row of another number of fields may hold a name where its customer's id should
--          stand: of such a row only what a whole row says as well is told

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

whole_rows as (
    select distinct customer
    from delivered_rows
    where fields = width
),

told_rows as (
    select
        delivered_rows.table_name,
        delivered_rows.line,
        delivered_rows.item,
        delivered_rows.raw,
        delivered_rows.fields = delivered_rows.width as is_whole,
        if(
            delivered_rows.fields = delivered_rows.width or whole_rows.customer is not null,
            delivered_rows.customer,
            null
        ) as customer,
        if(delivered_rows.fields = delivered_rows.width, delivered_rows.entity, '') as entity,
        if(delivered_rows.fields = delivered_rows.width, delivered_rows.row_key, '') as row_key
    from delivered_rows
    left join whole_rows on delivered_rows.customer = whole_rows.customer
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
    coalesce(told_rows.entity, '') as entity,
    coalesce(told_rows.customer, item_owners.customer, '') as customer,
    if(owners_before.customer <> told_rows.customer, owners_before.customer, '') as owner_before,
    coalesce(told_rows.row_key, '') as row_key,
    if(
        told_rows.is_whole or found_faults.code = 'field_count',
        coalesce(found_faults.found, ''),
        ''
    ) as found,
    told_rows.raw,
    known_from.issued_on
from found_faults
inner join told_rows
    on found_faults.table_name = told_rows.table_name and found_faults.line = told_rows.line
left join item_owners on told_rows.item = item_owners.item
left join owners_before
    on told_rows.item = owners_before.item and found_faults.table_name = 'open_items'
left join known_from
    on found_faults.table_name = known_from.table_name and found_faults.line = known_from.line
order by found_faults.table_name, found_faults.line, found_faults.code
