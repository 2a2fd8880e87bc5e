-- How many steps does the decision expect on each of the next days, for each entity?
--
-- grain    one row per entity and day
-- reads    account_state

select
    entity,
    coalesce(act_on, due_on) as expected_on,
    count(*) as steps
from account_state
where
    outcome = 'wait'
    and coalesce(act_on, due_on) > $as_of
    and coalesce(act_on, due_on) <= $until
group by entity, coalesce(act_on, due_on)
order by entity, expected_on
