-- Where do the delivered rows go that are faulty or share their key with another one?
--
-- grain    one row per such row; every other row is loaded
-- reads    row_keys, repeated_rows, faults
-- ties     of equal rows the first line is loaded

create table placed as
with faulty_rows as (
    select
        row_keys.table_name,
        row_keys.line,
        row_keys.row_key
    from row_keys
    semi join faults on row_keys.table_name = faults.table_name and row_keys.line = faults.line
),

told_apart as (
    select
        table_name,
        line,
        row_key,
        true as is_faulty
    from faulty_rows
    union all
    select
        repeated_rows.table_name,
        repeated_rows.line,
        repeated_rows.row_key,
        false as is_faulty
    from repeated_rows
    anti join faults
        on repeated_rows.table_name = faults.table_name and repeated_rows.line = faults.line
)

select
    table_name,
    line,
    row_key,
    case
        when is_faulty then 'quarantined'
        when
            row_number() over (
                partition by table_name, row_key, is_faulty
                order by line
            ) > 1 then 'duplicate'
        else 'loaded'
    end as place
from told_apart
