-- Which delivered rows were set aside in the last pull of each source, as of $as_of?
--
-- grain    one row per code, table and customer
-- reads    quarantine, snapshot
-- ties     two pulls on one day: the one published last, then the larger id

with
last_snapshots as (
    select distinct on (source)
        source,
        snapshot_id
    from snapshot
    where on_day <= $as_of
    order by source asc, on_day desc, published_at desc, snapshot_id desc
),

asked_rows as (
    select * from quarantine
    where $entity = '' or entity in ('', $entity)
)

select
    quarantine.code,
    quarantine.customer,
    quarantine.entity,
    quarantine.table_name,
    min(quarantine.line) as line,
    count(*) as row_count,
    min(quarantine.found) as found
from asked_rows as quarantine
inner join last_snapshots on quarantine.snapshot_id = last_snapshots.snapshot_id
group by quarantine.code, quarantine.customer, quarantine.entity, quarantine.table_name
order by quarantine.code, quarantine.table_name, quarantine.customer, line
