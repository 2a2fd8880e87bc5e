-- Which proposed actions no longer are the decision?
--
-- grain    one row per unit with an action to take back
-- reads    proposals, outcomes, leaders, accounts

select
    proposals.account_no,
    list(proposals.action_id order by proposals.action_id) as withdraw
from proposals
inner join outcomes on proposals.account_no = outcomes.account_no
inner join accounts on proposals.account_no = accounts.account_no
left join leaders on proposals.account_no = leaders.account_no
where
    outcomes.outcome <> 'pending'
    or proposals.leader <> leaders.item
    or proposals.scenario <> accounts.scenario
    or proposals.step <> leaders.step
group by proposals.account_no
