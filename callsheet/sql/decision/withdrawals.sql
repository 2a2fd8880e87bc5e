-- Which proposals does each unit have, and which of them are not for its next step?
--
-- grain    one row per unit with a proposed action
-- reads    proposals, accounts, leaders
-- ties     lists are in the order of the action ids

select
    proposals.account_no,
    list(proposals.action_id order by proposals.action_id) as all_proposals,
    list(proposals.action_id order by proposals.action_id) filter (
        proposals.leader is distinct from leaders.item
        or proposals.scenario is distinct from accounts.scenario
        or proposals.step is distinct from leaders.step
    ) as other_proposals
from proposals
inner join accounts on proposals.account_no = accounts.account_no
left join leaders on proposals.account_no = leaders.account_no
group by proposals.account_no
