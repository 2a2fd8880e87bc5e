-- How many customers owe something, for each entity?
--
-- grain    one row per entity; one for all of them when one customer is one unit
-- reads    open_items

select
    case when $by_customer then '' else entity end as entity,
    count(distinct customer) as customers
from open_items
where open_amount > 0
group by 1
order by 1
