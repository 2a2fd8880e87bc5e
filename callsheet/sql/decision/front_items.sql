-- What is known of the item that stands first in each unit?
--
-- grain    one row per unit that has items
-- reads    fronts
-- note     unpacks what `items` packs. Without a candidate there is no order; a missing date is the
--          last one there is. `steps_from`: after it comes the next step, once the item is overdue

with
unpacked as (
    select
        account_no,
        item,
        has_credits,
        front_order < 0 as may_lead,
        front_order & 9223372036854775807 as leading_order,
        cast(run_facts >> 59 as tinyint) as stop_no,
        cast((run_facts >> 42) & 131071 as integer) as restarts,
        cast(nullif((run_facts >> 22) & 1048575, 0) as integer) - 524288 as progress,
        date '0001-01-01' + cast(nullif(run_facts & 4194303, 0) as integer) as last_on
    from fronts
)

select
    account_no,
    item,
    has_credits,
    may_lead,
    leading_order,
    date '0001-01-01' + cast(leading_order >> 41 as integer) as due_date,
    date '0001-01-01' + cast((leading_order >> 19) & 4194303 as integer) as issue_date,
    stop_no,
    restarts,
    progress,
    last_on,
    case when may_lead then greatest(coalesce(progress, -1), -1) end as steps_from
from unpacked
