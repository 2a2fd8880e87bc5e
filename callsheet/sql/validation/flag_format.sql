-- Which yes-or-no values are neither?
--
-- grain    one row per faulty delivered value
-- reads    flags

select
    table_name,
    line,
    column_name as found
from flags
where written is not null and flag is null
