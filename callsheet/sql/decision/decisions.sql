-- What is decided for each unit, in full?
--
-- grain    one row per unit
-- reads    accounts, outcomes, leaders, withdrawals, decision_settings
-- note     a leader is shown unless nothing may lead; a step only if it may be played, is proposed,
--          failed or awaited

with
shown as (
    select
        outcomes.*,
        outcomes.outcome <> 'none'
        and coalesce(outcomes.outcome <> 'hold' or leaders.stopped_by in ('', 'finished'), true)
            as shows_leader,
        outcomes.outcome in ('act', 'wait', 'pending', 'blocked') as shows_step,
        outcomes.outcome in ('act', 'wait') as shows_day
    from outcomes
    left join leaders on outcomes.account_no = leaders.account_no
)

select
    accounts.world,
    accounts.account_no,
    accounts.unit,
    accounts.customer,
    accounts.entity,
    shown.outcome,
    shown.reason,
    case when shown.shows_leader then leaders.item end as leader,
    case when shown.shows_leader then leaders.due_date end as leader_due,
    case
        when not shown.shows_leader then null
        when decision_settings.run_by_due_date then cast(leaders.due_date as varchar)
        else leaders.item
    end as run,
    case when shown.shows_leader then 1 + leaders.restarts end as run_no,
    accounts.scenario,
    accounts.scenario_no,
    accounts.scenario_version,
    accounts.assigned_by,
    case when shown.shows_step then leaders.step end as step,
    case when shown.shows_step then leaders.step_day end as step_day,
    case when shown.shows_step then leaders.due_on end as due_on,
    case when shown.shows_day then leaders.act_on end as act_on,
    case when shown.outcome = 'pending' then leaders.pending_since end as pending_since,
    coalesce(withdrawals.withdraw, []) as withdraw
from accounts
inner join decision_settings on accounts.world = decision_settings.world
inner join shown on accounts.account_no = shown.account_no
left join leaders on accounts.account_no = leaders.account_no
left join withdrawals on accounts.account_no = withdrawals.account_no
