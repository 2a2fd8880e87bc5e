-- Which amounts have more decimals than their currency?
--
-- grain    one row per faulty delivered value
-- reads    amounts, currencies

select
    amounts.table_name,
    amounts.line,
    amounts.column_name || ' ' || amounts.written || ' ' || amounts.currency as found
from amounts
inner join currencies on amounts.currency = currencies.currency
where length(rtrim(split_part(amounts.plain, '.', 2), '0')) > currencies.digits
