-- Which actions are in one of $states now, and by which event?
--
-- grain    one row per action
-- reads    event, step_state, fold_watermark
-- ties     none: (subject, no) is unique
--
-- What the decision has folded is read from its states, the rest from the events after its
-- watermark: the history is never scanned as a whole.

with fresh as (
    select
        event.subject as action_id,
        event.no,
        event.state,
        event.ledger_seq
    from event
    where
        event.kind = 'action'
        and event.ledger_seq > (
            select coalesce(max(fold_watermark.through_seq), 0) from fold_watermark
        )
        and ($everything or event.subject in (select unnest(cast($ids as varchar[]))))
)

select
    fresh.action_id,
    fresh.ledger_seq
from fresh
where
    fresh.state in (select unnest(cast($states as varchar[])))
    and not exists (
        select 1 from fresh as later
        where later.action_id = fresh.action_id and later.no > fresh.no
    )
union all
select
    step_state.action_id,
    step_state.last_seq as ledger_seq
from step_state
where
    step_state.state in (select unnest(cast($states as varchar[])))
    and ($everything or step_state.action_id in (select unnest(cast($ids as varchar[]))))
    and not exists (
        select 1 from fresh
        where fresh.action_id = step_state.action_id
    )
