-- Which open items belong to another customer than the day before?
--
-- grain    one row per faulty delivered value
-- reads    documents, previous_owners, confirmed_rows
-- but      not those whose customers were merged, nor those a person confirmed

select
    documents.table_name,
    documents.line,
    previous_owners.customer || ' -> ' || documents.customer as found
from documents
inner join previous_owners
    on documents.item = previous_owners.item and documents.customer <> previous_owners.customer
left join confirmed_rows
    on documents.item = confirmed_rows.row_key and confirmed_rows.code = 'owner_changed'
where documents.table_name = 'open_items' and confirmed_rows.row_key is null
