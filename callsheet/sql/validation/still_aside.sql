-- Which rows stay aside, since a delivery of changes says nothing of them?
--
-- grain    one row per row set aside before and reason
-- reads    previous_quarantine, row_keys
-- note     `line` numbers them downwards from -1: it has no place in today's file. A row whose key
--          nobody could read stays until the whole list is delivered

select
    previous_quarantine.table_name,
    -dense_rank() over (
        partition by previous_quarantine.table_name order by previous_quarantine.line
    ) as line,
    previous_quarantine.code,
    previous_quarantine.entity,
    previous_quarantine.customer,
    previous_quarantine.owner_before,
    previous_quarantine.row_key,
    previous_quarantine.found,
    previous_quarantine.raw,
    cast(null as date) as issued_on
from previous_quarantine
anti join row_keys
    on
        previous_quarantine.table_name = row_keys.table_name
        and previous_quarantine.row_key = row_keys.row_key
        and previous_quarantine.row_key <> ''
where list_contains($changes, previous_quarantine.table_name)  -- noqa: RF02
order by previous_quarantine.table_name asc, line desc, previous_quarantine.code asc
