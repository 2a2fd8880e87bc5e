-- What is kept of each unit that was decided?
--
-- grain    one row per unit
-- reads    decisions, last_contacts, review_days, decision_settings

select
    decisions.unit,
    decisions.world,
    decisions.account_no,
    decisions.customer,
    decisions.entity,
    cast(cast('0x' || left(sha256(decisions.customer), 2) as integer) as smallint) as shard,
    last_contacts.last_contact_on,
    last_contacts.last_played_on,
    coalesce(last_contacts.predue_leader, '') as predue_leader,
    last_contacts.predue_on,
    last_contacts.predue_before_on,
    coalesce(decisions.scenario, '') as scenario,
    coalesce(decisions.scenario_version, '') as scenario_version,
    decisions.assigned_by,
    decisions.outcome,
    coalesce(decisions.reason, '') as reason,
    coalesce(decisions.leader, '') as leader,
    decisions.leader_due,
    coalesce(decisions.run, '') as run,
    decisions.run_no,
    coalesce(decisions.step, '') as step,
    decisions.step_day,
    decisions.due_on,
    decisions.act_on,
    decisions.pending_since,
    cast(to_json(decisions.withdraw) as varchar) as withdraw,
    decision_settings.as_of as decided_on,
    review_days.next_review_on
from decisions
inner join decision_settings on decisions.world = decision_settings.world
left join last_contacts on decisions.account_no = last_contacts.account_no
left join review_days on decisions.account_no = review_days.account_no
