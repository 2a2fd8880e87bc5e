-- Which proposals does each unit have?
--
-- grain    one row per unit with a proposed action
-- reads    proposals
-- ties     the list is in the order of the action ids

select
    account_no,
    list(action_id order by action_id) as all_proposals
from proposals
group by account_no
