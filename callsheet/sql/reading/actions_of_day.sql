-- Which actions belong on the call sheet of $as_of, and how did they stand at its end?
--
-- grain    one row per action that was planned, happened or was still open on the day
-- reads    event, action
-- ties     none: (subject, no) is unique

with
told as (
    select distinct on (subject)
        subject,
        state,
        reason,
        on_day,
        on_day = $as_of as is_of_the_day,
        author
    from event
    where kind = 'action' and on_day <= $as_of
    order by subject asc, no desc
),

asked_actions as (
    select * from action
    where planned_on <= $as_of and ($entity = '' or entity = $entity)
)

select
    action.action_id,
    action.unit,
    action.customer,
    action.entity,
    action.channel,
    action.mode,
    action.internal,
    action.legal,
    action.scenario,
    action.step,
    action.step_title,
    action.step_day,
    action.leader,
    action.leader_due,
    action.planned_on,
    action.act_on,
    action.claim,
    action.content_hash,
    told.state,
    told.reason,
    told.on_day,
    told.author
from told
inner join asked_actions as action on told.subject = action.action_id
where
    told.is_of_the_day
    or told.state in (
        'planned', 'confirmed', 'blocked', 'sending', 'retry_wait', 'in_doubt', 'resend_ordered'
    )
order by action.entity, action.channel, action.leader_due, action.customer, action.action_id
