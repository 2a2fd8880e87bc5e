-- Which steps of the scenarios are proposed for which leader, and what else is proposed?
--
-- grain    one row per unit, leader and step with a proposal
-- reads    proposals, scenarios, scenario_steps
-- ties     `other_proposals` is in the order of the action ids

with
proposed_steps as (
    select
        proposals.account_no,
        proposals.action_id,
        proposals.leader,
        proposals.planned_on,
        scenario_steps.step_no
    from proposals
    left join scenarios
        on proposals.world = scenarios.world and proposals.scenario = scenarios.scenario
    left join scenario_steps
        on
            scenarios.scenario_no = scenario_steps.scenario_no
            and proposals.step = scenario_steps.step
)

select
    standing.account_no,
    standing.leader,
    standing.step_no,
    min(standing.planned_on) as planned_on,
    list(distinct others.action_id order by others.action_id) filter (
        standing.leader <> others.leader or standing.step_no is distinct from others.step_no
    ) as other_proposals
from proposed_steps as standing
inner join proposed_steps as others on standing.account_no = others.account_no
where standing.step_no is not null
group by standing.account_no, standing.leader, standing.step_no
