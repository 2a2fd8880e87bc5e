-- What has happened in the run of each item that may lead?
--
-- grain    one row per item and action of its run that was completed or failed
-- reads    valued_items, past_actions, accounts, scenario_steps, closed_days, decision_settings
-- note     a step stands where its scenario has it today; a deleted one, or one of another
--          scenario, where it was recorded. Done on the first open day after a closed planned day
--          counts on the planned day

select
    valued_items.world,
    valued_items.item,
    valued_items.account_no,
    valued_items.leading_order,
    valued_items.returned_on,
    past_actions.progress,
    past_actions.permanent,
    past_actions.on_day,
    case
        when closed_days.next_open_on = past_actions.on_day then past_actions.due_on
        else past_actions.on_day
    end as counts_on,
    coalesce(scenario_steps.day, past_actions.step_day) as day,
    scenario_steps.step_no
from valued_items
inner join past_actions on valued_items.run_key = past_actions.run_key
inner join accounts on valued_items.account_no = accounts.account_no
inner join decision_settings on valued_items.world = decision_settings.world
left join scenario_steps
    on
        accounts.scenario_no = scenario_steps.scenario_no
        and past_actions.scenario = accounts.scenario
        and past_actions.step = scenario_steps.step
left join closed_days
    on
        closed_days.calendar = case
            when scenario_steps.keeps_customer_holidays and accounts.country is not null
                then valued_items.calendar || '+' || accounts.country
            else valued_items.calendar
        end
        and past_actions.due_on = closed_days.day
where
    valued_items.is_candidate
    and valued_items.stopped_by = ''
    and past_actions.origin = 'scenario'
    and past_actions.progress in ('done', 'skipped', 'failed')
    and (valued_items.restarted_on is null or past_actions.on_day >= valued_items.restarted_on)
    and (not decision_settings.restart_on_change or past_actions.scenario = accounts.scenario)
