-- What was planned on $as_of, over which channel, for how many accounts?
--
-- grain    one row per channel and mode
-- reads    action

select
    channel,
    mode,
    count(*) as actions,
    count(distinct unit) as accounts
from action
where planned_on = $as_of
group by channel, mode
order by channel, mode
