-- Which open items of each unit are not claimed in full, and why?
--
-- grain    one row per item and exclusion that covers it today; one row when none does
-- reads    items, open_items, excluded_items, known_exclusions, given_exclusions

with
covering as (
    select
        excluded_items.item,
        excluded_items.exclusion_id
    from excluded_items
    where excluded_items.as_of between excluded_items.from_day and excluded_items.last_day
),

last_versions as (
    select
        exclusion_id,
        max_by(what, no) as what,
        max_by(reason, no) as reason,
        max_by(resolver, no) as resolver,
        max_by(promised_on, no) as promised_on
    from given_exclusions
    group by exclusion_id
)

select
    items.account_no,
    items.item,
    open_items.number,
    items.kind,
    items.currency,
    items.due_date,
    items.open_amount,
    items.collectable,
    items.stopped_by,
    known_exclusions.exclusion_id,
    known_exclusions.kind as exclusion_kind,
    known_exclusions.from_day,
    known_exclusions.until_day,
    known_exclusions.amount,
    last_versions.what,
    last_versions.reason,
    last_versions.resolver,
    last_versions.promised_on
from items
inner join open_items on items.item = open_items.item
left join covering on items.item = covering.item
left join known_exclusions on covering.exclusion_id = known_exclusions.exclusion_id
left join last_versions on covering.exclusion_id = last_versions.exclusion_id
where items.stopped_by <> '' or covering.item is not null
order by items.account_no, items.due_date, items.item, known_exclusions.from_day
