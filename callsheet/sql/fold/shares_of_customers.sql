-- Which customers are looked at together, when not everybody is at once?
--
-- grain    one row per customer
-- reads    sharing_customers, answering_customers, share_count
-- ties     shares are cut by the name that answers: members of a group are in the same one

with
answering as (
    select distinct
        sharing_customers.customer,
        coalesce(answering_customers.answers, sharing_customers.customer) as answers
    from sharing_customers
    left join answering_customers on sharing_customers.customer = answering_customers.customer
),

placed as (
    select
        customer,
        rank() over (order by answers) - 1 as place,
        count(*) over () as customers
    from answering
)

select
    placed.customer,
    placed.place * share_count.shares // placed.customers as share
from placed
cross join share_count
