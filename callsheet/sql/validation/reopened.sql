-- Which open items were known as paid?
--
-- grain    one row per faulty delivered value
-- reads    documents, cleared_items, confirmed_rows

select
    documents.table_name,
    documents.line,
    'cleared on ' || cleared_items.cleared_on as found
from documents
inner join cleared_items on documents.item = cleared_items.item
left join confirmed_rows
    on documents.item = confirmed_rows.row_key and confirmed_rows.code = 'reopened'
where
    documents.is_open
    and documents.open_amount <> 0
    and confirmed_rows.row_key is null
