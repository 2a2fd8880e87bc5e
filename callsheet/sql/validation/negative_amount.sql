-- Which items that a customer owes are negative?
--
-- grain    one row per faulty delivered value
-- reads    documents, kinds

select
    documents.table_name,
    documents.line,
    documents.kind || ' ' || coalesce(documents.open_amount, documents.amount) as found
from documents
inner join kinds on documents.kind = kinds.kind
where kinds.side = 'debit' and (documents.amount < 0 or documents.open_amount < 0)
