-- Is any action in one of $states now, that came to it after event $since?
--
-- grain    one row when there may be one, none when there is certainly none
-- reads    event, step_state
-- note     asked when few events are that new; numbers have no gaps, so an event that another
--          followed is no action's last

select 1 as may_be
where
    exists (
        select 1 from step_state
        where step_state.state in (select unnest(cast($states as varchar[])))
    )
    or exists (
        select 1 from event
        where
            event.kind = 'action'
            and event.ledger_seq > $since
            and event.state in (select unnest(cast($states as varchar[])))
            and not exists (
                select 1 from event as later
                where
                    later.ledger_seq > $since  -- noqa: RF02
                    and later.subject = event.subject
                    and later.no = event.no + 1
            )
    )
