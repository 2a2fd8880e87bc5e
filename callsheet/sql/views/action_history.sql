-- What happened to each action, in the order in which it happened?
--
-- grain    one row per event of an action
-- reads    event, action
-- column   ledger_seq         the event's place in the ledger: order by it
-- column   action_id          the action
-- column   no                 which event of the action, counted from 1
-- column   state              the action's state after the event
-- column   reason             why, a code of the closed table; '' when none
-- column   on_day             the entity's business day of the event
-- column   happened_at        the moment, in UTC
-- column   author             who or what recorded it
-- column   unit               the account, or the customer when one customer is one unit
-- column   customer           the customer, or the head of grouped accounts
-- column   entity             the entity; '' when one customer is one unit
-- column   origin             scenario, specific, or manual (out of scenario)
-- column   leader             the item that led when it was planned
-- column   leader_due         that item's due date
-- column   run_no             which run of that leader, counted from 1
-- column   scenario           the scenario's key
-- column   scenario_version   the hash of the scenario's content
-- column   step               the step's key
-- column   step_title         the step's title
-- column   step_day           the step's offset from the leader's due date, as it was then
-- column   occurrence         1, and one more for each earlier one that failed or was withdrawn
-- column   channel            how it is really played: email, phone, registered_letter …
-- column   mode               automatic, to_confirm, or manual
-- column   internal           true when it goes to a colleague
-- column   legal              true for penalties, registered letters, notices, litigation
-- column   due_on             the planned day, before closed days
-- column   act_on             the first open day from then on
-- column   planned_on         the day it was planned
-- column   plan_id            the plan it was frozen in
-- column   claim              what it claims: a list of currency, amount and items, as JSON text

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
