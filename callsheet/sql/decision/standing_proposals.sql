-- Which proposals are for a contender, in its present scenario?
--
-- grain    one row per contender and step with a proposal
-- reads    proposals, accounts, contenders, scenario_steps

select
    contenders.account_no,
    contenders.leading_order,
    scenario_steps.step_no,
    min(proposals.planned_on) as planned_on
from proposals
inner join contenders
    on
        proposals.account_no = contenders.account_no
        and proposals.leader = contenders.item
inner join accounts
    on
        contenders.account_no = accounts.account_no
        and proposals.scenario = accounts.scenario
inner join scenario_steps
    on
        contenders.scenario_no = scenario_steps.scenario_no
        and proposals.step = scenario_steps.step
group by contenders.account_no, contenders.leading_order, scenario_steps.step_no
