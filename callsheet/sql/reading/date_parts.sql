-- Which rules gave the next step of each leader its day?
--
-- grain    one row per unit that has a leader with a next step
-- reads    leaders, items, scenario_steps, failed_steps, last_contacts, decision_settings
-- note     the latest of the parts is `due_on`; a part is null when its rule says nothing here

select
    leaders.account_no,
    leaders.step,
    scenario_steps.day as step_day,
    leaders.due_date + scenario_steps.day as planned_on,
    case
        when items.progress >= 0 or scenario_steps.day < 0
            then items.last_on + cast(
                scenario_steps.day
                - greatest(scenario_steps.previous_day, items.progress) as integer
            )
    end as interval_ends_on,
    failed_steps.last_failed_on + decision_settings.retry_days as retry_on,
    last_contacts.last_contact_on + decision_settings.min_gap_days as contact_gap_ends_on,
    case
        when items.progress is null
            then last_contacts.last_contact_on + decision_settings.new_run_gap_days
    end as new_run_gap_ends_on,
    last_contacts.last_played_on + 1 as day_after_last_step,
    leaders.due_on,
    leaders.act_on,
    leaders.pending_since,
    items.progress,
    items.last_on,
    last_contacts.last_contact_on
from leaders
inner join items on leaders.item = items.item
inner join scenario_steps on leaders.step_no = scenario_steps.step_no
inner join decision_settings on items.world = decision_settings.world
left join last_contacts on leaders.account_no = last_contacts.account_no
left join failed_steps
    on
        leaders.item = failed_steps.item
        and leaders.step_no = failed_steps.step_no
