-- Which days are not written in the declared format?
--
-- grain    one row per faulty delivered value
-- reads    days

select
    table_name,
    line,
    column_name || ' ' || written as found
from days
where written is not null and (day is null or day < date '1000-01-01')
