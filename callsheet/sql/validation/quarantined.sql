-- Which rows were set aside, why, and whose automatic messages do they stop?
--
-- grain    one row per delivered row and reason
-- reads    faults, delivered_rows, delivered_open_items, previous_open_items, days
-- ties     several findings of one reason: the smallest text
-- cost     few rows are set aside of many: whatever is looked up is looked up for these alone,
--          and joined by nothing but equal columns
-- note     a row of another number of fields may hold a name where its customer's id should
--          stand: of such a row only what a whole row says as well is told

with found_faults as materialized (
    select
        code,
        table_name,
        line,
        min(found) as found
    from faults
    group by code, table_name, line
),

faulty_rows as materialized (
    select
        delivered_rows.table_name,
        delivered_rows.line,
        delivered_rows.item,
        delivered_rows.customer,
        delivered_rows.entity,
        delivered_rows.row_key,
        delivered_rows.raw,
        delivered_rows.fields = delivered_rows.width as is_whole
    from delivered_rows
    semi join found_faults
        on
            delivered_rows.table_name = found_faults.table_name
            and delivered_rows.line = found_faults.line
),

doubtful_customers as (
    select distinct customer
    from faulty_rows
    where not is_whole
),

whole_rows as (
    select distinct delivered_rows.customer
    from delivered_rows
    semi join doubtful_customers on delivered_rows.customer = doubtful_customers.customer
    where delivered_rows.fields = delivered_rows.width
),

told_rows as materialized (
    select
        faulty_rows.table_name,
        faulty_rows.line,
        faulty_rows.item,
        faulty_rows.raw,
        faulty_rows.is_whole,
        if(
            faulty_rows.is_whole or whole_rows.customer is not null,
            faulty_rows.customer,
            null
        ) as customer,
        if(faulty_rows.is_whole, faulty_rows.entity, '') as entity,
        if(faulty_rows.is_whole, faulty_rows.row_key, '') as row_key
    from faulty_rows
    left join whole_rows on faulty_rows.customer = whole_rows.customer
),

owners_before as (
    select
        previous_open_items.item,
        min(previous_open_items.customer) as customer
    from previous_open_items
    semi join told_rows on previous_open_items.item = told_rows.item
    group by previous_open_items.item
),

ownerless_items as (
    select distinct item
    from told_rows
    where customer is null
),

item_owners as (
    select
        known_owners.item,
        min(known_owners.customer) as customer
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
    semi join ownerless_items on known_owners.item = ownerless_items.item
    where known_owners.customer is not null
    group by known_owners.item
),

known_from as (
    select
        days.table_name,
        days.line,
        days.day as issued_on
    from days
    semi join found_faults
        on days.table_name = found_faults.table_name and days.line = found_faults.line
    where days.column_name = 'issued_on'
)

select
    found_faults.table_name,
    found_faults.line,
    found_faults.code,
    coalesce(told_rows.entity, '') as entity,
    coalesce(told_rows.customer, item_owners.customer, '') as customer,
    if(
        found_faults.table_name = 'open_items'
        and owners_before.customer <> told_rows.customer,
        owners_before.customer,
        ''
    ) as owner_before,
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
left join owners_before on told_rows.item = owners_before.item
left join known_from
    on found_faults.table_name = known_from.table_name and found_faults.line = known_from.line
order by found_faults.table_name, found_faults.line, found_faults.code
