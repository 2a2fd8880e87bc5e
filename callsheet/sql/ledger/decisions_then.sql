-- Which decision stood for each account after the changes in $files, the oldest file first?
--
-- grain    one row per unit that was ever decided up to then
-- reads    the lake's decision changes
-- ties     none: a file holds a unit once

select distinct on (changed.unit)
    changed.unit,
    changed.customer,
    changed.entity,
    changed.decided_on,
    changed.outcome,
    changed.reason,
    changed.scenario,
    changed.scenario_version,
    changed.assigned_by,
    changed.leader,
    changed.leader_due,
    changed.step,
    changed.act_on
from read_parquet($files, filename = true) as changed
where $unit in ('', changed.unit)
order by changed.unit asc, list_position($files, changed.filename) desc
