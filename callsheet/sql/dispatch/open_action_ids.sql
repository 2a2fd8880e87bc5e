-- Which actions are open now, oldest plan first?
--
-- grain    one row per action
-- reads    open_now, action
-- note     ids alone: what else is known of very many actions would fill the memory

select open_now.action_id
from open_now
inner join action on open_now.action_id = action.action_id
where $entity = '' or action.entity = $entity  -- noqa: RF02
order by action.planned_on, action.due_on, open_now.action_id
