-- Which pulls were published for $as_of, and where did their rows go?
--
-- grain    one row per snapshot
-- reads    snapshot

select
    source,
    snapshot_id,
    rows_in,
    rows_loaded,
    rows_duplicate,
    rows_quarantined
from snapshot
where on_day = $as_of
order by source, published_at, snapshot_id
