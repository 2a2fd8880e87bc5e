-- Which step comes first after each progress, once the due date has passed?
--
-- grain    one row per scenario and day from -1 (nothing completed after the due date) to the day
--          before its last step
-- reads    scenario_steps

with
days as (
    select
        scenario_no,
        unnest(range(-1, max(day))) as progress
    from scenario_steps
    group by scenario_no
)

select
    days.scenario_no,
    days.progress,
    arg_min(scenario_steps.step_no, scenario_steps.day) as step_no
from days
inner join scenario_steps
    on days.scenario_no = scenario_steps.scenario_no and days.progress < scenario_steps.day
group by days.scenario_no, days.progress
