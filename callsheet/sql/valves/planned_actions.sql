-- What does this plan come to, for each entity?
--
-- grain    one row per entity; one for all of them when one customer is one unit
-- reads    action

with
planned as (
    select
        case when $by_customer then '' else entity end as entity,
        customer,
        channel,
        internal,
        recipient_hash
    from action
    where action_id in (select unnest(cast($ids as varchar[])))
),

addresses as (
    select
        entity,
        recipient_hash,
        count(distinct customer) as customers
    from planned
    where recipient_hash <> '' and not internal
    group by entity, recipient_hash
)

select
    planned.entity,
    count(*) as planned,
    count(distinct case when not planned.internal then planned.customer end) as customers,
    count(case when planned.channel = 'registered_letter' then 1 end) as notices,
    coalesce(max(addresses.customers), 0) as at_one_address
from planned
left join addresses
    on planned.entity = addresses.entity and planned.recipient_hash = addresses.recipient_hash
group by planned.entity
order by planned.entity
