-- Which rows were set aside in the last pull of each source, and where do they lie?
--
-- grain    one row per delivered row and reason
-- reads    quarantine, snapshot
-- ties     two pulls on one day: the one published last, then the larger id

with
last_snapshots as (
    select distinct on (source)
        source,
        snapshot_id
    from snapshot
    order by source asc, on_day desc, published_at desc, snapshot_id desc
)

select
    quarantine.source,
    quarantine.table_name,
    quarantine.line,
    quarantine.code,
    quarantine.customer,
    quarantine.found,
    quarantine.raw
from quarantine
inner join last_snapshots on quarantine.snapshot_id = last_snapshots.snapshot_id
where $customer in ('', quarantine.customer)  -- noqa: RF02
order by quarantine.source, quarantine.table_name, quarantine.line, quarantine.code
