-- Which days lie too far from the day the pull is for?
--
-- grain    one row per faulty delivered value
-- reads    days

select
    table_name,
    line,
    column_name || ' ' || day as found
from days
where day >= date '1000-01-01' and (day < earliest or day > latest)
