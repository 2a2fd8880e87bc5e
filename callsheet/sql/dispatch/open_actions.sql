-- What is known of the actions that are open now, oldest plan first?
--
-- grain    one row per action
-- reads    open_now, event, action

select
    open_now.action_id,
    event.state,
    event.body,
    action.customer,
    action.entity,
    action.channel,
    action.internal,
    action.act_on,
    action.planned_on,
    event.no,
    event.reason,
    event.on_day,
    action.unit,
    action.leader,
    action.scenario,
    action.step,
    action.step_title,
    action.step_instance,
    action.role,
    action.mode,
    action.legal,
    action.due_on,
    action.plan_id,
    action.claim,
    action.content_hash,
    action.recipient_hash,
    action.template,
    action.language
from open_now
inner join event on open_now.ledger_seq = event.ledger_seq
inner join action on open_now.action_id = action.action_id
where $entity = '' or action.entity = $entity  -- noqa: RF02
order by action.planned_on, action.due_on, open_now.action_id
