-- Which promises to pay does the source tell without saying how long they keep their item out?
--
-- grain    one row per specific action with a promised day and no end
-- reads    specific_actions, open_items, entities
-- note     a promise of no single entity follows its item's calendar; null when that is unknown

select
    specific_actions.specific_action,
    specific_actions.promised_on,
    entities.calendar
from specific_actions
left join open_items on specific_actions.item = open_items.item
left join entities
    on coalesce(nullif(specific_actions.entity, ''), open_items.entity) = entities.entity
where specific_actions.promised_on is not null and specific_actions.until_day is null
