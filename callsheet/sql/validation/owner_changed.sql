-- Which open items belong to another customer than the day before?
--
-- grain    one row per faulty delivered value
-- reads    owners, previous_owners, confirmed_rows
-- but      not those whose customers were merged, nor those a person confirmed

select
    owners.table_name,
    owners.line,
    previous_owners.customer || ' -> ' || owners.customer as found
from owners
inner join previous_owners
    on owners.item = previous_owners.item and owners.customer <> previous_owners.customer
left join confirmed_rows
    on owners.item = confirmed_rows.row_key and confirmed_rows.code = 'owner_changed'
where confirmed_rows.row_key is null
