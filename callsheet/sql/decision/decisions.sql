-- What is decided for each unit, and by which scenario?
--
-- grain    one row per unit
-- reads    outcomes, accounts, decision_settings

select
    accounts.world,
    outcomes.account_no,
    accounts.unit,
    outcomes.customer,
    outcomes.entity,
    outcomes.outcome,
    outcomes.reason,
    outcomes.leader,
    outcomes.leader_due,
    case
        when decision_settings.run_by_due_date then cast(outcomes.leader_due as varchar)
        else outcomes.leader
    end as run,
    outcomes.run_no,
    accounts.scenario,
    accounts.scenario_no,
    accounts.scenario_version,
    accounts.assigned_by,
    outcomes.step,
    outcomes.step_day,
    outcomes.due_on,
    outcomes.act_on,
    outcomes.pending_since,
    outcomes.withdraw
from outcomes
inner join accounts on outcomes.account_no = accounts.account_no
inner join decision_settings on accounts.world = decision_settings.world
