-- What happened between $from_day and $to_day, to one customer or to all?
--
-- grain    one row per event
-- reads    event, action
-- ties     none: ledger_seq is unique

with
asked_events as (
    select * from event
    where
        on_day >= $from_day
        and on_day <= $to_day
        and ($customer = '' or customer = $customer)
)

select
    event.ledger_seq,
    event.on_day,
    event.happened_at,
    event.author,
    event.kind,
    event.subject,
    event.no,
    event.state,
    event.reason,
    event.unit,
    event.customer,
    event.entity,
    event.body,
    coalesce(action.step_title, '') as step_title,
    coalesce(action.channel, '') as channel,
    coalesce(action.leader, '') as leader,
    coalesce(action.claim, '[]') as claim
from asked_events as event
left join action on event.subject = action.action_id
order by event.ledger_seq
