-- Which customers are folded and looked at together, when not everybody is at once?
--
-- grain    one row per customer of an item or an action, or with a row of its own
-- reads    all_items, all_customers, all_actions, answering_customers, share_count
-- ties     shares are cut by the name that answers: members of a group are in the same one

with
named as (
    select customer
    from all_items
    union
    select customer
    from all_customers
    union
    select customer
    from all_actions
),

answering as (
    select
        named.customer,
        coalesce(answering_customers.answers, named.customer) as answers
    from named
    left join answering_customers on named.customer = answering_customers.customer
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
