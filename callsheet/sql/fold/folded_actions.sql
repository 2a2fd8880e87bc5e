-- In which state have its events left each action that something new happened to?
--
-- grain    one row per action with a new event
-- reads    new_events, given_actions, step_state, progress_of_state, decision_settings
-- ties     the event with the highest sequence number tells the state and its day
-- note     a notice of delivery moves no day: the contact was made when the message was accepted

with
known_events as (
    select
        new_events.subject as action_id,
        new_events.ledger_seq,
        new_events.state,
        coalesce(
            new_events.reason in (
                'no_contact', 'unknown_address', 'no_channel', 'suppressed', 'recipient_policy',
                'multi_recipient', 'address_format', 'address_unicode'
            ),
            false
        ) as is_for_good,
        new_events.on_day
    from new_events
    inner join decision_settings on new_events.world = decision_settings.world
    left join step_state on new_events.subject = step_state.action_id
    where
        new_events.on_day <= decision_settings.as_of
        and new_events.ledger_seq > coalesce(step_state.last_seq, 0)
),

last_events as (
    select
        action_id,
        max(ledger_seq) as last_seq,
        arg_max(state, ledger_seq) as state,
        arg_max(is_for_good, ledger_seq) as is_for_good,
        arg_max(on_day, ledger_seq) as on_day,
        arg_max(on_day, ledger_seq) filter (state <> 'delivered') as accepted_on
    from known_events
    group by action_id
)

select
    actions.world,
    actions.action_id,
    actions.unit,
    number_of(actions.unit) as account_no,
    number_of(
        actions.unit || '|' || case
            when decision_settings.run_by_due_date
                then coalesce(cast(actions.leader_due as varchar), '')
            else actions.leader
        end
    ) as run_key,
    actions.customer,
    actions.entity,
    actions.origin,
    actions.leader,
    actions.leader_due,
    actions.scenario,
    actions.step,
    actions.step_day,
    actions.internal,
    actions.planned_on,
    actions.due_on,
    last_events.last_seq,
    last_events.state,
    progress_of_state.progress,
    progress_of_state.progress = 'failed' and last_events.is_for_good as permanent,
    case
        when last_events.state = 'delivered'
            then coalesce(last_events.accepted_on, step_state.on_day, last_events.on_day)
        else last_events.on_day
    end as on_day
from last_events
inner join units_of_actions as actions on last_events.action_id = actions.action_id
inner join decision_settings on actions.world = decision_settings.world
inner join progress_of_state on last_events.state = progress_of_state.state
left join step_state on last_events.action_id = step_state.action_id
