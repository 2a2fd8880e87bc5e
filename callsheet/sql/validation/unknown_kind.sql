-- Which items are of no kind we know?
--
-- grain    one row per faulty delivered value
-- reads    documents, kinds

select
    documents.table_name,
    documents.line,
    documents.kind as found
from documents
anti join kinds on documents.kind = kinds.kind
where documents.kind is not null
