-- What happened to each action, in the order in which it happened?
--
-- grain    one row per event of an action
-- reads    event, action

select
    event.ledger_seq,
    event.subject as action_id,
    event.no,
    event.state,
    event.reason,
    event.on_day,
    event.happened_at,
    event.author,
    action.unit,
    action.customer,
    action.entity,
    action.origin,
    action.leader,
    action.leader_due,
    action.run_no,
    action.scenario,
    action.scenario_version,
    action.step,
    action.step_title,
    action.step_day,
    action.occurrence,
    action.channel,
    action.mode,
    action.internal,
    action.legal,
    action.due_on,
    action.act_on,
    action.planned_on,
    action.plan_id,
    action.claim
from event
inner join action on event.subject = action.action_id
where event.kind = 'action'
