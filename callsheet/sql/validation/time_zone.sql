-- Which entities have a time zone or a sending hour that no clock knows, or no known calendar?
--
-- grain    one row per faulty delivered value
-- reads    entity_clocks, time_zones, calendars

select
    entity_clocks.table_name,
    entity_clocks.line,
    concat_ws(' ', entity_clocks.time_zone, entity_clocks.calendar) as found
from entity_clocks
left join time_zones on entity_clocks.time_zone = time_zones.time_zone
left join calendars on entity_clocks.calendar = calendars.calendar
where
    (entity_clocks.calendar is not null and calendars.calendar is null)
    or (entity_clocks.time_zone is not null and time_zones.time_zone is null)
    or not regexp_full_match(entity_clocks.sending_from, '([01][0-9]|2[0-3]):[0-5][0-9]')
    or not regexp_full_match(entity_clocks.sending_until, '([01][0-9]|2[0-3]):[0-5][0-9]')
