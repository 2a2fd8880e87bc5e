-- What takes items of the wanted accounts out on $as_of, wholly or in part (R3)?
--
-- grain    one row per excluded item
-- reads    account_items, exclusion, surviving_customers
-- note     what was recorded of a merged customer holds for who goes on in its place
-- ties     several exclusions of an item: the strongest kind is told, then the smallest id

with
known as (
    select distinct on (exclusion_id) *
    from exclusion
    where recorded_on <= $as_of
    order by exclusion_id asc, no desc
),

active as (
    select
        known.* exclude (customer),
        coalesce(surviving_customers.customer, known.customer) as customer
    from known
    left join surviving_customers on known.customer = surviving_customers.old_customer
    where
        known.from_day <= $as_of  -- noqa: RF02
        and (known.until_day is null or known.until_day >= $as_of)  -- noqa: RF02
),

covered as (
    select
        account_items.item,
        account_items.open_amount,
        active.exclusion_id,
        active.kind,
        active.what,
        active.amount,
        active.promised_on,
        active.reason,
        active.resolver,
        active.from_day,
        active.until_day
    from account_items
    inner join active on account_items.item = active.item
    union all by name
    select
        account_items.item,
        account_items.open_amount,
        active.exclusion_id,
        active.kind,
        active.what,
        active.amount,
        active.promised_on,
        active.reason,
        active.resolver,
        active.from_day,
        active.until_day
    from account_items
    inner join active
        on
            account_items.customer = active.customer
            and active.entity in ('', account_items.entity)
            and active.item = ''
),

worded as (
    select
        *,
        case
            when kind = 'specific_action' and what ilike '%litigation%' then 'litigation'
            when
                kind = 'specific_action' and (promised_on is not null or what ilike '%promise%')
                then 'promise'
            when kind = 'specific_action' then 'specific'
            else kind
        end as why
    from covered
),

ranked as (
    select
        *,
        list_position(
            ['insolvency', 'litigation', 'hold', 'dispute', 'promise', 'specific'], why
        ) as strength
    from worded
)

select
    item,
    bool_or(amount is null) or any_value(open_amount) < 0
    or sum(amount) >= any_value(open_amount) as is_wholly_out,
    coalesce(sum(amount), 0)::decimal(18, 3) as part_out,
    arg_min(why, (strength, exclusion_id)) as why,
    arg_min(reason, (strength, exclusion_id)) as reason,
    arg_min(resolver, (strength, exclusion_id)) as resolver,
    arg_min(from_day, (strength, exclusion_id)) as since,
    arg_min(coalesce(until_day, date '9999-12-31'), (strength, exclusion_id)) as until,
    arg_min(coalesce(promised_on, date '9999-12-31'), (strength, exclusion_id)) as promised_on
from ranked
group by item
