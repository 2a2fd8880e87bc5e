-- Which decisions differ from the last ones?
--
-- grain    one row per unit whose decision changed, as it is now
-- reads    account_rows, account_state

select
    account_rows.unit,
    account_rows.world,
    account_rows.account_no,
    account_rows.customer,
    account_rows.entity,
    account_rows.shard,
    account_rows.last_contact_on,
    account_rows.last_played_on,
    account_rows.predue_leader,
    account_rows.predue_on,
    account_rows.predue_before_on,
    account_rows.scenario,
    account_rows.scenario_version,
    account_rows.assigned_by,
    account_rows.outcome,
    account_rows.reason,
    account_rows.leader,
    account_rows.leader_due,
    account_rows.run,
    account_rows.run_no,
    account_rows.step,
    account_rows.step_day,
    account_rows.due_on,
    account_rows.act_on,
    account_rows.pending_since,
    account_rows.withdraw,
    account_rows.decided_on,
    account_rows.next_review_on
from account_rows
left join account_state on account_rows.unit = account_state.unit
where
    account_state.unit is null
    or (
        account_state.outcome,
        account_state.reason,
        account_state.scenario,
        account_state.scenario_version,
        account_state.assigned_by,
        account_state.leader,
        account_state.leader_due,
        account_state.run,
        account_state.run_no,
        account_state.step,
        account_state.due_on,
        account_state.act_on,
        account_state.withdraw
    ) is distinct from (
        account_rows.outcome,
        account_rows.reason,
        account_rows.scenario,
        account_rows.scenario_version,
        account_rows.assigned_by,
        account_rows.leader,
        account_rows.leader_due,
        account_rows.run,
        account_rows.run_no,
        account_rows.step,
        account_rows.due_on,
        account_rows.act_on,
        account_rows.withdraw
    )
