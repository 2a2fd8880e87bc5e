-- Which events lie between $first and $last, as they lie?
--
-- grain    one row per event
-- reads    event
-- ties     none, unless the ledger was tampered with

select
    ledger_seq,
    subject,
    no,
    kind,
    state,
    reason,
    on_day,
    happened_at,
    author,
    unit,
    customer,
    entity,
    shard,
    body,
    leaf_hash
from event
where ledger_seq between $first and $last
order by ledger_seq
