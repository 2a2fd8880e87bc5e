-- Which steps reached their customer more than once in one run, and which accounts twice a day?
--
-- grain    one row per step instance and debtor, or per account and day
-- reads    action, action_state
-- note     a legal step of a group goes once to each debtor of each creditor: the role says which

with done_actions as (
    select
        action.unit,
        action.step_instance,
        case when action.legal then action.role else '' end as debtor,
        action_state.on_day
    from action
    inner join action_state on action.action_id = action_state.action_id
    where
        action.origin = 'scenario'
        and action_state.state in ('accepted', 'delivered', 'declared_sent', 'done')
)

select
    'step' as what,
    step_instance || ' ' || debtor as subject,
    count(*) as times
from done_actions
group by step_instance, debtor
having count(*) > 1
union all
select
    'account and day' as what,
    unit || ' ' || cast(on_day as varchar) as subject,
    count(distinct step_instance) as times
from done_actions
group by unit, on_day
having count(distinct step_instance) > 1
order by what, subject
