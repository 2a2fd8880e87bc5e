-- Which steps does the decision of today play, and how many accounts of each entity play them?
--
-- grain    one row per entity, scenario, step and due day
-- reads    account_state

select
    entity,
    scenario,
    step_day,
    leader_due,
    due_on,
    count(*) as accounts
from account_state
where outcome = 'act' and act_on <= $as_of
group by entity, scenario, step_day, leader_due, due_on
order by entity, scenario, step_day, leader_due, due_on
