-- What is the state of each action now?
--
-- grain    one row per action
-- reads    event
-- ties     none: (subject, no) is unique
-- column   action_id     the action, as in `action`
-- column   no            the number of its last event, counted from 1
-- column   state         planned, confirmed, blocked, sending, accepted, done, cancelled …
-- column   reason        why it came to this state, a code of the closed table; '' when none
-- column   on_day        the entity's business day on which it did
-- column   happened_at   the moment, in UTC
-- column   author        who or what recorded it

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
