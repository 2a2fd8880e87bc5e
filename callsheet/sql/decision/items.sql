-- What does the decision need to know of each item?
--
-- grain    one row per item
-- reads    valued_items, run_progress, accounts
-- note     an item whose run has passed the last step of its scenario is finished

select
    valued_items.world,
    valued_items.item,
    valued_items.account_no,
    valued_items.leading_order,
    valued_items.customer,
    valued_items.entity,
    valued_items.calendar,
    valued_items.kind,
    valued_items.currency,
    valued_items.issue_date,
    valued_items.due_date,
    valued_items.open_amount,
    valued_items.collectable,
    valued_items.is_candidate,
    valued_items.may_claim,
    valued_items.is_credit,
    valued_items.is_candidate
    and valued_items.stopped_by = ''
    and coalesce(run_progress.progress < accounts.last_day, true) as may_lead,
    case
        when valued_items.stopped_by <> '' or not valued_items.is_candidate
            then valued_items.stopped_by
        when run_progress.progress >= accounts.last_day then 'finished'
        else ''
    end as stopped_by,
    valued_items.run_key,
    valued_items.restarts,
    run_progress.progress,
    run_progress.last_on
from valued_items
inner join accounts on valued_items.account_no = accounts.account_no
left join run_progress on valued_items.item = run_progress.item
