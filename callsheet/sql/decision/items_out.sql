-- Which items are out today, wholly or in part, and for which reason?
--
-- grain    one row per item that an exclusion covers today
-- reads    excluded_items
-- ties     several cover it: insolvency, then hold, then dispute, then specific action

select
    item,
    bool_or(is_whole) or any_value(open_amount) <= sum(amount) as is_wholly_out,
    coalesce(sum(amount) filter (not is_whole), 0) as amount_out,
    case min(rank)
        when 1 then 'insolvency'
        when 2 then 'on_hold'
        when 3 then 'disputed'
        else 'specific_action'
    end as reason
from excluded_items
where as_of between from_day and last_day
group by item
