-- Which items have returned from an exclusion, and from which day does their run count?
--
-- grain    one row per item that came back
-- reads    excluded_items
-- note     an item returns on the first day on which nothing keeps it wholly out; each exclusion
--          that kept it out until then says by itself what its return means. Those that take out
--          a part count only if together they took out all of it

with
ended_exclusions as (
    select
        item,
        exclusion_id,
        last_day,
        is_whole,
        on_return
    from excluded_items
    where last_day < as_of
),

breaks as (
    select distinct
        item,
        last_day + 1 as day
    from ended_exclusions
),

days_to_look_at as (
    select
        item,
        day
    from breaks
    union
    select
        item,
        day - 1 as day
    from breaks
),

days_out as (
    select
        days_to_look_at.item,
        days_to_look_at.day,
        coalesce(bool_or(excluded_items.is_whole), false)
        or coalesce(any_value(excluded_items.open_amount) <= sum(excluded_items.amount), false)
            as is_wholly_out,
        coalesce(any_value(excluded_items.open_amount) <= sum(excluded_items.amount), false)
            as parts_reach_all
    from days_to_look_at
    left join excluded_items
        on
            days_to_look_at.item = excluded_items.item
            and days_to_look_at.day between excluded_items.from_day and excluded_items.last_day
    group by days_to_look_at.item, days_to_look_at.day
),

returns as (
    select
        ended_exclusions.item,
        ended_exclusions.exclusion_id,
        ended_exclusions.on_return,
        min(days_in.day) as returned_on
    from ended_exclusions
    inner join days_out as last_days
        on
            ended_exclusions.item = last_days.item
            and ended_exclusions.last_day = last_days.day
            and (ended_exclusions.is_whole or last_days.parts_reach_all)
    inner join days_out as days_in
        on
            ended_exclusions.item = days_in.item
            and ended_exclusions.last_day < days_in.day
            and not days_in.is_wholly_out
    group by all
)

select
    item,
    count(distinct returned_on) filter (on_return = 'restart') as restarts,
    max(returned_on) filter (on_return = 'restart') as restarted_on,
    max(returned_on) filter (on_return <> 'continue') as returned_on
from returns
group by item
