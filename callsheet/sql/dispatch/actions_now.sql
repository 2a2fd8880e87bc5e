-- Of the actions that are open now, what tells whether they may leave?
--
-- grain    one row per action
-- reads    open_now, event, action
-- note     asked of very many actions: of what happened last only what says when to try again

select
    open_now.action_id,
    event.state,
    case event.state when 'retry_wait' then event.body else '{}' end as body,
    action.customer,
    action.entity,
    action.channel,
    action.internal,
    action.act_on,
    action.planned_on
from open_now
inner join event on open_now.ledger_seq = event.ledger_seq
inner join action on open_now.action_id = action.action_id
order by action.planned_on, action.due_on, open_now.action_id
