-- Is any action in one of $states now?
--
-- grain    one row when there may be one, none when there is certainly none
-- reads    event, step_state, fold_watermark
-- note     asked first, since mostly there is none: a quarter of the work of reading them

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
            and event.state in (select unnest(cast($states as varchar[])))
            and event.ledger_seq > (
                select coalesce(max(fold_watermark.through_seq), 0) from fold_watermark
            )
    )
