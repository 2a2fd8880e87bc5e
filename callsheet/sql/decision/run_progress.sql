-- How far has the run of each item come, and which day does the next interval count from?
--
-- grain    one row per item whose run has a completed step
-- reads    run_steps, failed_steps, valued_items, scenario_steps, decision_settings
-- note     completed is done, skipped, or passed over after failing

with
completed_steps as (
    select
        item,
        day,
        counts_on
    from run_steps
    where progress <> 'failed'
    union all
    select
        failed_steps.item,
        scenario_steps.day,
        failed_steps.last_failed_on as counts_on
    from failed_steps
    inner join scenario_steps on failed_steps.step_no = scenario_steps.step_no
    inner join valued_items on failed_steps.item = valued_items.item
    inner join decision_settings on valued_items.world = decision_settings.world
    where failed_steps.passed_over_on <= decision_settings.as_of
)

select
    completed_steps.item,
    max(completed_steps.day) as progress,
    greatest(max(completed_steps.counts_on), any_value(valued_items.returned_on)) as last_on
from completed_steps
inner join valued_items on completed_steps.item = valued_items.item
group by completed_steps.item
