-- How do the accounts stand after their last decision?
--
-- grain    one row per outcome and reason
-- reads    account_state

select
    outcome,
    coalesce(reason, '') as reason,
    count(*) as accounts
from account_state
where decided_on is not null
group by outcome, coalesce(reason, '')
order by outcome, coalesce(reason, '')
