-- Which items are open for more than their amount, or the other way round?
--
-- grain    one row per faulty delivered value
-- reads    documents

select
    table_name,
    line,
    open_amount || ' open of ' || amount as found
from documents
where abs(open_amount) > abs(amount) or sign(open_amount) * sign(amount) < 0
