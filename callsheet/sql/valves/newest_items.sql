-- How many items of the last pull are newer than anything that is open now, and what is open now?
--
-- grain    one row
-- reads    open_items, open_items_before
-- note     `items_alike` is the same text for the very same open items, whatever their order; a
--          day to come is a slip of the pen, and tells nothing of how new a delivery is

with
today as (
    select
        max(case when issue_date <= $as_of then issue_date end) as newest_on,
        coalesce(cast(bit_xor(hash(item, amount, open_amount)) as varchar), '') as items_alike
    from open_items
),

last_time as (
    select issue_date from open_items_before
    where issue_date <= $as_of
)

select
    count(last_time.issue_date) as items_newer_before,
    today.items_alike
from today
left join last_time on today.newest_on < last_time.issue_date
group by today.items_alike
