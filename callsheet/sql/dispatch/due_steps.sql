-- Which decisions say: act, up to $as_of?
--
-- grain    one row per unit
-- reads    decisions, open_items
-- note     when one customer is one unit, the entity that acts is the leader's

with due as (
    select * from decisions
    where outcome = 'act' and act_on <= $as_of
)

select
    due.unit,
    due.customer,
    coalesce(due.entity, '') as unit_entity,
    coalesce(nullif(due.entity, ''), open_items.entity, '') as entity,
    due.leader,
    due.leader_due,
    due.run,
    due.run_no,
    due.scenario,
    due.scenario_version,
    due.step,
    due.step_day,
    due.due_on,
    due.act_on
from due
left join open_items on due.leader = open_items.item
order by due.customer, due.entity, due.unit
