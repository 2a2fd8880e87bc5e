-- What is the state of each action now?
--
-- grain    one row per action
-- reads    event
-- ties     none: (subject, no) is unique

select distinct on (subject)
    subject as action_id,
    no,
    state,
    reason,
    on_day,
    happened_at,
    author
from event
where kind = 'action'
order by subject asc, no desc
