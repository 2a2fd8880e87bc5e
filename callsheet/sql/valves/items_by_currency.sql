-- How many items are open in each currency, and how large are they, all of them and the new ones?
--
-- grain    one row per currency
-- reads    open_items, open_items_before
-- note     an item whose own amount changed counts as new: no ERP changes a posted invoice

with
marked as (
    select
        open_items.currency,
        abs(open_items.open_amount) as size,
        open_items_before.item is null or open_items_before.amount <> open_items.amount as is_new
    from open_items
    left join open_items_before on open_items.item = open_items_before.item
)

select
    currency,
    count(*) as items,
    cast(median(size) as decimal(18, 3)) as median_size,
    count(*) filter (where is_new) as new_items,
    cast(median(size) filter (where is_new) as decimal(18, 3)) as new_median_size
from marked
group by currency
order by currency
