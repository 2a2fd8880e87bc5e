-- Which share of a table's rows fails for one reason?
--
-- grain    one row per table and reason
-- reads    faults, row_keys

with faulty as (
    select
        table_name,
        code,
        count(distinct line) as faulty_count
    from faults
    group by table_name, code
),

delivered as (
    select
        table_name,
        count(*) as row_count
    from row_keys
    group by table_name
)

select
    faulty.table_name,
    faulty.code,
    faulty.faulty_count,
    delivered.row_count
from faulty
inner join delivered on faulty.table_name = delivered.table_name
order by faulty.table_name, faulty.code
