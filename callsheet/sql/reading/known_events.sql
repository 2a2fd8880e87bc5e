-- Which events of actions had been read when the decision of $as_of was made?
--
-- grain    one row per event of an action
-- reads    event

select
    0 as world,
    subject,
    ledger_seq,
    state,
    reason,
    on_day
from event
where
    kind = 'action'
    and ledger_seq <= $through_seq
    and on_day <= $as_of
    and ($everybody or customer in (select unnest(cast($customers as varchar[]))))
