-- Which credits are positive?
--
-- grain    one row per faulty delivered value
-- reads    documents, kinds

select
    documents.table_name,
    documents.line,
    documents.kind || ' ' || coalesce(documents.open_amount, documents.amount) as found
from documents
inner join kinds on documents.kind = kinds.kind
where kinds.side = 'credit' and (documents.amount > 0 or documents.open_amount > 0)
