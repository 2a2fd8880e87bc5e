-- Which actions had something happen to them up to event $through_seq?
--
-- grain    one row per action
-- reads    action, event

with
known_subjects as (
    select distinct subject
    from event
    where kind = 'action' and ledger_seq <= $through_seq
),

asked_actions as (
    select * from action
    where $everybody or customer in (select unnest(cast($customers as varchar[])))
)

select
    0 as world,
    asked_actions.action_id,
    asked_actions.customer,
    asked_actions.entity,
    asked_actions.origin,
    asked_actions.leader,
    asked_actions.leader_due,
    asked_actions.scenario,
    asked_actions.step,
    asked_actions.step_day,
    asked_actions.internal,
    asked_actions.planned_on,
    asked_actions.due_on
from asked_actions
inner join known_subjects on asked_actions.action_id = known_subjects.subject
