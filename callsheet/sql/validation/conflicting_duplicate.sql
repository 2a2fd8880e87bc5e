-- Which rows share their key with a row that says something else?
--
-- grain    one row per faulty delivered value
-- reads    repeated_rows
-- but      not in tables where the first row of a key counts, nor where a row has no key at all

with conflicting_keys as (
    select
        table_name,
        row_key
    from repeated_rows
    where is_strict and row_key <> ''
    group by table_name, row_key
    having min(content) <> max(content)
)

select
    repeated_rows.table_name,
    repeated_rows.line,
    repeated_rows.row_key as found
from repeated_rows
inner join conflicting_keys
    on
        repeated_rows.table_name = conflicting_keys.table_name
        and repeated_rows.row_key = conflicting_keys.row_key
