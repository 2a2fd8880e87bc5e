-- Which rows have another number of fields than the header?
--
-- grain    one row per faulty delivered value
-- reads    delivered_rows

select
    table_name,
    line,
    fields || ' fields instead of ' || width as found
from delivered_rows
where fields <> width
