-- Which scenario actions are proposed, and not yet played?
--
-- grain    one row per proposed action
-- reads    past_actions, accounts

select
    past_actions.action_id,
    past_actions.account_no,
    past_actions.leader,
    past_actions.scenario,
    past_actions.step,
    past_actions.planned_on
from past_actions
inner join accounts on past_actions.account_no = accounts.account_no
where past_actions.progress = 'proposed' and past_actions.origin = 'scenario'
