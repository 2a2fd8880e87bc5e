-- What of each item is collectable, and may it be claimed or lead, its run left aside?
--
-- grain    one row per item
-- reads    current_items, items_out, returned_items, decision_settings, currency_minimums,
--          given_entities
-- ties     `leading_order` packs due date, issue date (a missing one is last) and, where the unit
--          has several of these dates, the rank of the id as text into one number: the smallest
--          leads

with
credits_out as (
    select distinct current_items.item
    from current_items
    inner join items_out on current_items.applies_to = items_out.item
    where items_out.is_wholly_out and current_items.open_amount < 0
),

twins as (
    select
        account_no,
        due_date,
        issue_date
    from current_items
    group by account_no, due_date, issue_date
    having count(*) > 1
),

ranked_twins as (
    select
        current_items.item,
        row_number() over (
            partition by current_items.account_no, current_items.due_date, current_items.issue_date
            order by current_items.item
        ) as item_rank
    from current_items
    inner join twins
        on
            current_items.account_no = twins.account_no
            and current_items.due_date is not distinct from twins.due_date
            and current_items.issue_date is not distinct from twins.issue_date
),

valued as (
    select
        current_items.*,
        given_entities.calendar,
        coalesce(items_out.is_wholly_out, false) or credits_out.item is not null as is_out,
        items_out.reason as out_reason,
        current_items.open_amount
        - case when current_items.open_amount > 0 then coalesce(items_out.amount_out, 0) else 0 end
            as collectable,
        current_items.open_amount > 0
        and list_contains(decision_settings.leading_kinds, current_items.kind) as is_candidate,
        coalesce(currency_minimums.min_item, decision_settings.min_item) as min_item,
        coalesce(returned_items.restarts, 0) as restarts,
        returned_items.restarted_on,
        returned_items.returned_on,
        coalesce(current_items.due_date, date '9999-12-31') - date '0001-01-01' as due_number,
        coalesce(current_items.issue_date, date '9999-12-31') - date '0001-01-01' as issue_number,
        coalesce(ranked_twins.item_rank, 0) as item_rank
    from current_items
    inner join decision_settings on current_items.world = decision_settings.world
    left join given_entities
        on
            current_items.world = given_entities.world
            and current_items.entity = given_entities.entity
    left join currency_minimums
        on
            current_items.world = currency_minimums.world
            and current_items.currency = currency_minimums.currency
    left join items_out on current_items.item = items_out.item
    left join returned_items on current_items.item = returned_items.item
    left join credits_out on current_items.item = credits_out.item
    left join ranked_twins on current_items.item = ranked_twins.item
)

select
    world,
    item,
    account_no,
    run_key,
    customer,
    entity,
    calendar,
    kind,
    currency,
    issue_date,
    due_date,
    open_amount,
    cast(case when is_out then 0 else collectable end as decimal(18, 3)) as collectable,
    is_candidate,
    is_candidate and not is_out and collectable >= min_item as may_claim,
    open_amount < 0 and not is_out as is_credit,
    case
        when not is_candidate then ''
        when is_out then out_reason
        when collectable < min_item then 'below_minimum'
        when due_date is null then 'no_due_date'
        else ''
    end as stopped_by,
    restarts,
    restarted_on,
    returned_on,
    (cast(due_number as bigint) << 41) | (cast(issue_number as bigint) << 19) | item_rank
        as leading_order
from valued
