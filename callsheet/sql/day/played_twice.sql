-- Which steps reached their customer more than once in one run, and which accounts twice a day?
--
-- grain    one row per step instance, or per account and day
-- reads    action, action_state

with done_actions as (
    select
        action.unit,
        action.step_instance,
        action_state.on_day
    from action
    inner join action_state on action.action_id = action_state.action_id
    where
        action.origin = 'scenario'
        and action_state.state in ('accepted', 'delivered', 'declared_sent', 'done')
)

select
    'step' as what,
    step_instance as subject,
    count(*) as times
from done_actions
group by step_instance
having count(*) > 1
union all
select
    'account and day' as what,
    unit || ' ' || cast(on_day as varchar) as subject,
    count(*) as times
from done_actions
group by unit, on_day
having count(*) > 1
order by what, subject
