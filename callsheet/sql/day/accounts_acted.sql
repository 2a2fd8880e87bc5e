-- How many accounts had a step done from $from_day to $until_day, and how many days had one?
--
-- grain    one row
-- reads    action, action_state

select
    count(distinct action.unit) as accounts,
    count(distinct action_state.on_day) as days
from action
inner join action_state on action.action_id = action_state.action_id
where
    action.origin = 'scenario'
    and action.plan_id <> ''
    and action.planned_on between $from_day and $until_day  -- noqa: RF02
    and action_state.state in ('accepted', 'delivered', 'declared_sent', 'done')
