-- Which customers are decided together with $customer?
--
-- grain    one row per customer, the asked one and its former names included
-- reads    customers, merged_customers

with
renamed as (
    select
        customers.customer,
        coalesce(nullif(customers.head_account, ''), customers.customer) as head
    from customers
    union all
    select
        merged_customers.old_customer as customer,
        coalesce(nullif(customers.head_account, ''), merged_customers.customer) as head
    from merged_customers
    left join customers on merged_customers.customer = customers.customer
),

asked_heads as (
    select head from renamed
    where customer = $customer or head = $customer
)

select renamed.customer
from renamed
inner join asked_heads on renamed.head = asked_heads.head
union
select head from asked_heads
