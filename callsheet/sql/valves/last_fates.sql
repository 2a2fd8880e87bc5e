-- What became of the last messages that a channel carried?
--
-- grain    one row per message, the one last heard of first
-- reads    event, action
-- ties     none: ledger_seq is unique
-- note     $since bounds what of the ledger is read

with
heard as (
    select distinct on (subject)
        subject,
        state,
        reason,
        ledger_seq
    from event
    where
        kind = 'action'
        and ledger_seq > $since
        and (
            state in ('accepted', 'delivered', 'delivery_failed')
            or (state = 'rejected' and reason in ('bounced', 'unknown_address'))
        )
    order by subject asc, ledger_seq desc
)

select
    heard.subject,
    heard.state,
    heard.reason
from heard
inner join action on heard.subject = action.action_id
where
    action.action_id in (select named.subject from heard as named)
    and action.channel in (select unnest(cast($channels as varchar[])))
order by heard.ledger_seq desc
limit $most
