-- Which actions could have been sent or done on $day, were not, and in which state did it end?
--
-- grain    one row per action that had not gone, and was due or was stopped on that day
-- reads    event, action
-- ties     none: (subject, no) is unique
-- note     what was recorded later for that day counts: a letter posted then is no longer unsent

with
last_events as (
    select distinct on (subject)
        subject,
        state,
        reason,
        on_day,
        author,
        body,
        on_day = $day as is_news,
        cast($day as date) as asked_day
    from event
    where kind = 'action' and on_day <= $day
    order by subject asc, no desc
)

select
    action.action_id,
    action.unit,
    action.customer,
    action.entity,
    action.scenario,
    action.step,
    action.step_title,
    action.channel,
    action.mode,
    action.leader,
    action.leader_due,
    action.act_on,
    last_events.state,
    last_events.reason,
    last_events.on_day as since_day,
    last_events.author,
    last_events.body
from last_events
inner join action on last_events.subject = action.action_id
where
    (
        last_events.state in (
            'planned', 'confirmed', 'blocked', 'sending', 'retry_wait', 'in_doubt', 'resend_ordered'
        )
        and (action.act_on is null or action.act_on <= last_events.asked_day)
    )
    or (
        last_events.state in ('cancelled', 'rejected', 'delivery_failed', 'skipped', 'abandoned')
        and last_events.is_news
    )
order by action.entity, action.customer, action.action_id
