-- What happened to the action $action_id, and to its paper?
--
-- grain    one row per event
-- reads    event
-- ties     none: the ledger's number is the key

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
    body,
    leaf_hash
from event
where subject in ($action_id, $letter)
order by ledger_seq
