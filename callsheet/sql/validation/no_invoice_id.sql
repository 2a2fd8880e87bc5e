-- Which items have no number of their own?
--
-- grain    one row per faulty delivered value
-- reads    required_values

select
    table_name,
    line,
    column_name as found
from required_values
where
    table_name in ('open_items', 'payments')
    and column_name in ('item', 'number')
    and written is null
