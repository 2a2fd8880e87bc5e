-- Which scenario actions are proposed, and not yet played?
--
-- grain    one row per proposed action
-- reads    past_actions

select
    world,
    action_id,
    account_no,
    leader,
    scenario,
    step,
    planned_on
from past_actions
where progress = 'proposed' and origin = 'scenario'
