-- Which items are open on each account whose statement was just read, and what is claimed of each?
--
-- grain    one row per account
-- reads    account_items, claimed_lines
-- ties     lines are ordered by item

select
    account_items.unit,
    list(
        {
            'item': account_items.item,
            'customer': account_items.customer,
            'entity': account_items.entity,
            'kind': account_items.kind,
            'currency': account_items.currency,
            'open_amount': account_items.open_amount,
            'claimed_amount': coalesce(claimed_lines.claimed_amount, 0)
        }
        order by account_items.item
    ) as lines
from account_items
left join claimed_lines
    on
        account_items.unit = claimed_lines.unit
        and account_items.item = claimed_lines.item
group by account_items.unit
