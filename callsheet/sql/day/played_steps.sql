-- What became of each step of the scenarios from $from_day to $until_day?
--
-- grain    one row per scenario and step
-- reads    action, action_state

select
    action.scenario,
    action.step,
    max(action.step_day) as step_day,
    count(*) as planned,
    count(*) filter (
        where action_state.state in ('accepted', 'delivered', 'declared_sent', 'done')
    ) as done,
    count(*) filter (where action_state.state in ('skipped', 'abandoned')) as skipped,
    count(*) filter (where action_state.state in ('rejected', 'delivery_failed')) as failed,
    count(*) filter (where action_state.state = 'cancelled') as withdrawn,
    count(*) filter (
        where action_state.state in (
            'planned', 'confirmed', 'blocked', 'sending', 'retry_wait', 'in_doubt',
            'resend_ordered'
        )
    ) as still_open
from action
inner join action_state on action.action_id = action_state.action_id
where
    action.origin = 'scenario'
    and action.plan_id <> ''
    and action.planned_on between $from_day and $until_day  -- noqa: RF02
group by action.scenario, action.step
order by action.scenario, step_day, action.step
