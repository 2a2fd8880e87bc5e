-- How much of this plan is of each scenario?
--
-- grain    one row per scenario
-- reads    action

select
    scenario,
    count(*) as actions
from action
where action_id in (select unnest(cast($ids as varchar[])))
group by scenario
order by scenario
