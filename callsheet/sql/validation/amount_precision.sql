-- Which amounts have more decimals than their currency?
--
-- grain    one row per faulty delivered value
-- reads    amounts, currencies
-- cost     zeros at the end are cut off only where there are too many decimals otherwise

select
    amounts.table_name,
    amounts.line,
    amounts.column_name || ' ' || amounts.written || ' ' || amounts.currency as found
from amounts
inner join currencies on amounts.currency = currencies.currency
where
    case
        when not contains(amounts.plain, '.') then false
        when strlen(amounts.plain) - strpos(amounts.plain, '.') <= currencies.digits then false
        else strlen(rtrim(amounts.plain, '0')) - strpos(amounts.plain, '.') > currencies.digits
    end
