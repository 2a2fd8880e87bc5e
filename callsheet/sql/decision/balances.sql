-- What is owed per currency, and which item would lead?
--
-- grain    one row per unit and currency
-- reads    items, decision_settings
-- note     the one pass over all items: what is not yet overdue is added in `claims`

select
    items.account_no,
    items.currency,
    min(items.leading_order) filter (items.may_lead) as leading_order,
    min(items.leading_order) filter (items.is_candidate) as oldest_order,
    coalesce(
        sum(items.collectable) filter (
            items.may_claim and items.due_date < decision_settings.as_of
        ),
        0
    ) as overdue,
    sum(items.collectable) filter (items.is_credit) as credits,
    min(items.due_date) filter (
        items.may_claim and items.due_date >= decision_settings.as_of
    ) as next_due_on
from items
inner join decision_settings on items.world = decision_settings.world
group by items.account_no, items.currency
