-- Which item stands first in each unit, and are there credits?
--
-- grain    one row per unit that has items
-- reads    balances
-- note     `leading_order` is that of the oldest item that may lead, none if none may

select
    account_no,
    min(leading_order) as leading_order,
    bool_or(has_credits) as has_credits
from balances
group by account_no
