-- Which item stands first in each unit, and are there credits?
--
-- grain    one row per unit that has items
-- reads    balances
-- note     `leading_order` is of the oldest item that may lead, `oldest_order` of any candidate

select
    account_no,
    min(leading_order) as leading_order,
    min(oldest_order) as oldest_order,
    min(next_due_on) as next_due_on,
    count(credits) > 0 as has_credits
from balances
group by account_no
