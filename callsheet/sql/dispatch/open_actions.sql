-- Which actions are in one of $states now?
--
-- grain    one row per action
-- reads    event, action, step_state, fold_watermark
-- ties     none: (subject, no) is unique
--
-- What the decision has folded is read from its states, the rest from the events after its
-- watermark: the history is never scanned as a whole.

with fresh as (
    select distinct on (event.subject)
        event.subject as action_id,
        event.no,
        event.state,
        event.reason,
        event.on_day,
        event.body
    from event
    where
        event.kind = 'action'
        and event.ledger_seq > (
            select coalesce(max(fold_watermark.through_seq), 0) from fold_watermark
        )
    order by event.subject, event.no desc
),

folded as (
    select
        step_state.action_id,
        event.no,
        event.state,
        event.reason,
        event.on_day,
        event.body
    from step_state
    inner join event on step_state.last_seq = event.ledger_seq
    where
        step_state.state in (select unnest(cast($states as varchar [])))
        and not exists (
            select 1 from fresh
            where fresh.action_id = step_state.action_id
        )
),

open_now as (
    select * from fresh
    where fresh.state in (select unnest(cast($states as varchar [])))
    union all
    select * from folded
)

select
    open_now.action_id,
    open_now.no,
    open_now.state,
    open_now.reason,
    open_now.on_day,
    open_now.body,
    action.unit,
    action.customer,
    action.entity,
    action.leader,
    action.scenario,
    action.step,
    action.step_title,
    action.step_instance,
    action.channel,
    action.role,
    action.mode,
    action.internal,
    action.legal,
    action.due_on,
    action.act_on,
    action.planned_on,
    action.plan_id,
    action.claim,
    action.content_hash,
    action.recipient_hash
from open_now
inner join action on open_now.action_id = action.action_id
where
    ($entity = '' or action.entity = $entity)
    and ($everything or open_now.action_id in (select unnest(cast($ids as varchar []))))
order by action.planned_on, action.due_on, action.action_id
