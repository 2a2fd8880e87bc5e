-- Which item stands first in each unit, and are there credits?
--
-- grain    one row per unit that has items
-- reads    items
-- ties     the least `front_order`: the oldest that may lead; if none may, the oldest candidate
-- note     the one pass over all items, but for `balances`; `front_items` unpacks it

select
    account_no,
    min(front_order) as front_order,
    arg_min(item, front_order) as item,
    arg_min(run_facts, front_order) as run_facts,
    bool_or(is_credit) as has_credits
from items
group by account_no
