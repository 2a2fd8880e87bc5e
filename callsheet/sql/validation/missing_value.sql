-- Which rows lack a value that their table cannot do without?
--
-- grain    one row per faulty delivered value
-- reads    required_values
-- but      an item without a number is no_invoice_id, one without a currency is currency

select
    table_name,
    line,
    column_name as found
from required_values
where
    written is null
    and column_name <> 'currency'
    and not (table_name in ('open_items', 'payments') and column_name in ('item', 'number'))
