-- What is overdue per currency, credits taken off, and which item would lead?
--
-- grain    one row per unit and currency
-- reads    items, decision_settings
-- note     the one pass over all items: what is not yet overdue is added in `tested_claims`

select
    items.account_no,
    items.currency,
    min(items.leading_order) filter (items.may_lead) as leading_order,
    sum(items.collectable) filter (
        items.is_credit or (items.may_claim and items.due_date < decision_settings.as_of)
    ) as claim,
    bool_or(items.is_credit) as has_credits
from items
inner join decision_settings on items.world = decision_settings.world
group by items.account_no, items.currency
