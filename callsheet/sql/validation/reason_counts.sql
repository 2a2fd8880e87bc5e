-- How many rows were set aside for each reason?
--
-- grain    one row per reason
-- reads    faults

select
    code,
    count(distinct (table_name, line)) as row_count
from faults
group by code
order by code
