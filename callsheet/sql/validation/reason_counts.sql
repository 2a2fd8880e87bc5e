-- How many rows were set aside for each reason?
--
-- grain    one row per reason
-- reads    faults

with faulty as (
    select distinct
        code,
        table_name,
        line
    from faults
)

select
    code,
    count(*) as row_count
from faulty
group by code
order by code
