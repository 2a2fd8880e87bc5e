-- Which amounts are not numbers in the declared notation?
--
-- grain    one row per faulty delivered value
-- reads    amounts

select
    table_name,
    line,
    column_name || ' ' || written as found
from amounts
where written is not null and plain is null
