-- Which steps have failed in the run of an item, and from which day are they passed over?
--
-- grain    one row per item and step of its scenario that failed
-- reads    run_steps, scenario_steps, decision_settings
-- note     a legal step is never passed over; an internal one, or a call that reached nobody often
--          enough, holds nothing back

with
failures as (
    select
        run_steps.world,
        run_steps.item,
        run_steps.account_no,
        run_steps.leading_order,
        run_steps.step_no,
        max(run_steps.returned_on) as returned_on,
        max(run_steps.on_day) as last_failed_on,
        bool_or(run_steps.permanent) as is_permanent,
        count(*) as attempts
    from run_steps
    where run_steps.progress = 'failed' and run_steps.step_no is not null
    group by
        run_steps.world, run_steps.item, run_steps.account_no, run_steps.leading_order,
        run_steps.step_no
)

select
    failures.world,
    failures.item,
    failures.account_no,
    failures.leading_order,
    failures.step_no,
    failures.returned_on,
    failures.last_failed_on,
    failures.is_permanent or failures.attempts >= decision_settings.max_attempts as is_exhausted,
    case
        when not (failures.is_permanent or failures.attempts >= decision_settings.max_attempts)
            then null
        when scenario_steps.legal then null
        when scenario_steps.internal then failures.last_failed_on
        when scenario_steps.channel = 'phone' and not failures.is_permanent
            then failures.last_failed_on
        else failures.last_failed_on + decision_settings.blocked_days
    end as passed_over_on
from failures
inner join scenario_steps on failures.step_no = scenario_steps.step_no
inner join decision_settings on failures.world = decision_settings.world
