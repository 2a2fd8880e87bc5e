-- Which items does each exclusion cover, whenever it runs?
--
-- grain    one row per item and exclusion that covers it
-- reads    current_items, known_exclusions
-- note     an amount means nothing on a credit: the whole credit is out

with
covered as (
    select
        current_items.item,
        known_exclusions.exclusion_id
    from known_exclusions
    inner join current_items on known_exclusions.item = current_items.item
    where known_exclusions.item <> ''
    union all
    select
        current_items.item,
        known_exclusions.exclusion_id
    from known_exclusions
    inner join current_items on known_exclusions.customer = current_items.customer
    where
        known_exclusions.item = ''
        and known_exclusions.entity in ('', current_items.entity)
)

select
    covered.item,
    covered.exclusion_id,
    current_items.account_no,
    known_exclusions.kind,
    known_exclusions.rank,
    known_exclusions.from_day,
    known_exclusions.last_day,
    known_exclusions.on_return,
    known_exclusions.as_of,
    current_items.open_amount,
    known_exclusions.amount is null or current_items.open_amount < 0 as is_whole,
    coalesce(known_exclusions.amount, 0) as amount
from covered
inner join current_items on covered.item = current_items.item
inner join known_exclusions on covered.exclusion_id = known_exclusions.exclusion_id
