-- What is kept of each item that was looked at?
--
-- grain    one row per item
-- reads    items, item_state, decision_settings

select
    items.item,
    items.world,
    items.account_no,
    items.run_key,
    items.leading_order,
    items.customer,
    items.entity,
    items.calendar,
    items.kind,
    items.currency,
    items.issue_date,
    items.due_date,
    items.open_amount,
    items.collectable,
    items.is_candidate,
    items.may_claim,
    items.may_lead,
    items.is_credit,
    items.stopped_by,
    items.restarts,
    items.progress,
    items.last_on,
    coalesce(item_state.first_seen_on, decision_settings.as_of) as first_seen_on,
    decision_settings.as_of as last_seen_on
from items
inner join decision_settings on items.world = decision_settings.world
left join item_state on items.item = item_state.item
