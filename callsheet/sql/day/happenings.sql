-- What happened to actions on $as_of?
--
-- grain    one row per state and reason
-- reads    event

select
    state,
    reason,
    count(*) as actions
from event
where kind = 'action' and on_day = $as_of
group by state, reason
order by state, reason
