-- Which reminders have the wanted accounts already received, up to $as_of?
--
-- grain    one row per action that reached the customer after the due date
-- reads    known_units, action, event
-- note     a call that reached nobody reminded nobody

with
wanted_actions as (
    select
        action.action_id,
        known_units.unit,
        action.leader,
        action.channel,
        action.step,
        action.step_title,
        action.claim
    from action
    inner join known_units on action.unit = known_units.known_as
    where not action.internal and coalesce(action.step_day, 0) >= 0
),

last_states as (
    select
        event.subject as action_id,
        arg_max(event.state, event.no) as state,
        arg_max(event.reason, event.no) as reason,
        min(event.on_day) filter (
            where event.state in ('accepted', 'declared_sent', 'done')
        ) as played_on
    from event
    inner join wanted_actions on event.subject = wanted_actions.action_id
    where event.kind = 'action' and event.on_day <= $as_of  -- noqa: RF02
    group by event.subject
)

select
    wanted_actions.unit,
    last_states.played_on,
    wanted_actions.channel,
    wanted_actions.step_title,
    wanted_actions.step,
    wanted_actions.leader,
    coalesce(json_extract_string(wanted_actions.claim, '$[*].items[*]'), []) as items
from wanted_actions
inner join last_states on wanted_actions.action_id = last_states.action_id
where
    last_states.state in ('accepted', 'delivered', 'declared_sent', 'done')
    and last_states.reason <> 'unreached'
order by wanted_actions.unit, last_states.played_on, wanted_actions.action_id
