-- Which invoices have no due date?
--
-- grain    one row per faulty delivered value
-- reads    documents
-- but      other kinds, and what is paid, may have none

select
    table_name,
    line,
    number as found
from documents
where table_name = 'open_items' and kind = 'invoice' and due_date_text is null
