-- How far has the run of each item come, and which day does the next interval count from?
--
-- grain    one row per item whose run has a completed step
-- reads    run_steps, failed_steps, scenario_steps, decision_settings
-- note     completed is done, skipped, or passed over after failing

with
completed_steps as (
    select
        account_no,
        leading_order,
        day,
        counts_on,
        returned_on
    from run_steps
    where progress <> 'failed'
    union all
    select
        failed_steps.account_no,
        failed_steps.leading_order,
        scenario_steps.day,
        failed_steps.last_failed_on as counts_on,
        failed_steps.returned_on
    from failed_steps
    inner join scenario_steps on failed_steps.step_no = scenario_steps.step_no
    inner join decision_settings on failed_steps.world = decision_settings.world
    where failed_steps.passed_over_on <= decision_settings.as_of
)

select
    account_no,
    leading_order,
    max(day) as progress,
    greatest(max(counts_on), max(returned_on)) as last_on
from completed_steps
group by account_no, leading_order
