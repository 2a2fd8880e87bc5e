-- Which invoices have no due date?
--
-- grain    one row per faulty delivered value
-- reads    documents
-- but      other kinds may have none

select
    table_name,
    line,
    number as found
from documents
where kind = 'invoice' and due_date_text is null
