-- What share of the delivered open amount was set aside, in the currency where it is largest?
--
-- grain    one row
-- reads    delivered_items, set_aside
-- note     a misspelt currency is a handful of rows of which none was loaded: no currency to judge

with
shares as (
    select
        sum(case when set_aside.line is null then 0 else abs(delivered_items.open_amount) end)
        / nullif(sum(abs(delivered_items.open_amount)), 0) as share
    from delivered_items
    left join set_aside on delivered_items.line = set_aside.line
    group by delivered_items.currency
    having count(set_aside.line) < count(*) or count(*) >= 10
)

select cast(coalesce(max(share), 0) as double) as share from shares
