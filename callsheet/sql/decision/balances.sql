-- What is claimed of each unit today per currency, credits taken off?
--
-- grain    one row per unit and currency
-- reads    items
-- note     currencies are never added. What is not yet overdue is added in `tested_claims`

select
    account_no,
    currency,
    sum(claimed) as claim
from items
group by account_no, currency
