-- What does the decision need to know of each item?
--
-- grain    one row per item
-- reads    valued_items, run_progress, accounts, decision_settings
-- ties     `front_order` puts those that may lead (below zero) before the other candidates; what is
--          no candidate has none
-- note     an item whose run has passed the last step of its scenario is finished. `claimed` is
--          what counts in the claim today. `run_facts` packs what `front_items` unpacks: what stops
--          the item (3 bits), its restarts (17), progress (20) and the run's last day (22)

with
stopped_items as (
    select
        valued_items.*,
        run_progress.progress,
        run_progress.last_on,
        decision_settings.as_of,
        case
            when valued_items.stopped_by <> '' or not valued_items.is_candidate
                then valued_items.stopped_by
            when run_progress.progress >= accounts.last_day then 'finished'
            else ''
        end as stopped_at_last_by
    from valued_items
    inner join accounts on valued_items.account_no = accounts.account_no
    inner join decision_settings on valued_items.world = decision_settings.world
    left join run_progress
        on
            valued_items.account_no = run_progress.account_no
            and valued_items.leading_order = run_progress.leading_order
)

select
    world,
    item,
    account_no,
    leading_order,
    customer,
    entity,
    calendar,
    kind,
    currency,
    issue_date,
    due_date,
    open_amount,
    collectable,
    is_candidate,
    may_claim,
    is_credit,
    is_candidate and stopped_at_last_by = '' as may_lead,
    stopped_at_last_by as stopped_by,
    run_key,
    restarts,
    progress,
    last_on,
    case
        when is_candidate and stopped_at_last_by = ''
            then leading_order - 9223372036854775807 - 1
        when is_candidate then leading_order
    end as front_order,
    cast(
        case
            when is_credit or (may_claim and due_date < as_of) then collectable
            else 0
        end as decimal(18, 3)
    ) as claimed,
    (
        cast(
            case stopped_at_last_by
                when 'insolvency' then 1
                when 'on_hold' then 2
                when 'disputed' then 3
                when 'specific_action' then 4
                when 'below_minimum' then 5
                when 'no_due_date' then 6
                when 'finished' then 7
                else 0
            end as bigint
        ) << 59
    )
    | (restarts << 42)
    | (cast(coalesce(progress + 524288, 0) as bigint) << 22)
    | cast(coalesce(last_on - date '0001-01-01', 0) as bigint) as run_facts
from stopped_items
