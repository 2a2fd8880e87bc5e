-- Which actions are in one of $states now?
--
-- grain    one row per action
-- reads    event, action, step_state, fold_watermark
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
),

open_now as (
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
),

wanted as (
    select
        open_now.action_id,
        event.no,
        event.state,
        event.reason,
        event.on_day,
        event.body
    from open_now
    inner join event on open_now.ledger_seq = event.ledger_seq
),

actions as (
    select * from action
    where $entity = '' or entity = $entity
)

select
    wanted.action_id,
    wanted.no,
    wanted.state,
    wanted.reason,
    wanted.on_day,
    wanted.body,
    actions.unit,
    actions.customer,
    actions.entity,
    actions.leader,
    actions.scenario,
    actions.step,
    actions.step_title,
    actions.step_instance,
    actions.channel,
    actions.role,
    actions.mode,
    actions.internal,
    actions.legal,
    actions.due_on,
    actions.act_on,
    actions.planned_on,
    actions.plan_id,
    actions.claim,
    actions.content_hash,
    actions.recipient_hash
from wanted
inner join actions on wanted.action_id = actions.action_id
order by actions.planned_on, actions.due_on, actions.action_id
