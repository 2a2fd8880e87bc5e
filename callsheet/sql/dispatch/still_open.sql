-- Is any action in one of $states now, that came to it after event $since?
--
-- grain    one row when there may be one, none when there is certainly none
-- reads    event, step_state
-- note     asked when few events are that new; numbers have no gaps, so an event that another
--          followed is no action's last

with fresh as (
    select
        subject,
        no,
        state
    from event
    where kind = 'action' and ledger_seq > $since
)

select 1 as may_be
where
    exists (
        select 1 from step_state
        where step_state.state in (select unnest(cast($states as varchar[])))
    )
    or exists (
        select 1 from fresh
        left join fresh as later on fresh.subject = later.subject and later.no = fresh.no + 1
        where
            fresh.state in (select unnest(cast($states as varchar[])))
            and later.no is null
    )
