-- Where does each item of the wanted accounts stand in the statement on $as_of?
--
-- grain    one row per item and place: an item disputed in part stands claimed and apart
-- reads    account_items, excluded_items, item_minimum
-- places   claimed, to_come, credit, penalty, apart

with
judged as (
    select
        account_items.*,
        coalesce(excluded_items.is_wholly_out, false) as is_wholly_out,
        coalesce(excluded_items.part_out, 0) as part_out,
        excluded_items.why,
        excluded_items.reason,
        excluded_items.resolver,
        excluded_items.since,
        excluded_items.until,
        excluded_items.promised_on,
        coalesce(item_minimum.minimum, $default_minimum) as minimum,  -- noqa: RF02
        list_contains($leading_kinds, account_items.kind)  -- noqa: RF02
        and account_items.open_amount > 0 as is_candidate
    from account_items
    left join excluded_items on account_items.item = excluded_items.item
    left join item_minimum on account_items.currency = item_minimum.currency
),

claims_until as (
    select
        unit,
        greatest($as_of - 1, coalesce(max(due_date) filter (item = leader), $as_of - 1)) as day
    from judged
    group by unit
),

out_invoices as (
    select item
    from judged
    where is_wholly_out
),

collectable as (
    select
        judged.*,
        claims_until.day as claims_until,
        coalesce(judged.applies_to in (from out_invoices), false) as follows_its_invoice,
        judged.open_amount - judged.part_out as collectable
    from judged
    inner join claims_until on judged.unit = claims_until.unit
),

standing as (
    select
        *,
        collectable as shown,
        case
            when due_date <= claims_until then 'claimed'
            else 'to_come'
        end as place
    from collectable
    where is_candidate and not is_wholly_out and collectable >= minimum and due_date is not null
    union all by name
    select
        *,
        open_amount as shown,
        'credit' as place
    from collectable
    where open_amount < 0 and not is_wholly_out and not follows_its_invoice
    union all by name
    select
        *,
        open_amount as shown,
        'penalty' as place
    from collectable
    where kind = 'penalty' and open_amount > 0 and not is_wholly_out
    union all by name
    select
        *,
        case when is_wholly_out then open_amount else part_out end as shown,
        'apart' as place
    from collectable
    where is_candidate and why is not null and (is_wholly_out or part_out > 0)
    union all by name
    select
        * replace (
            case kind when 'draft' then 'draft' else 'down_payment' end as why,
            coalesce(reason, '') as reason
        ),
        open_amount as shown,
        'apart' as place
    from collectable
    where kind in ('draft', 'down_payment_request') and open_amount > 0
)

select
    unit,
    place,
    entity,
    currency,
    item,
    number,
    kind,
    customer,
    issue_date,
    due_date,
    greatest($as_of - due_date, 0) as days_late,
    amount,
    shown,
    order_reference,
    item = leader as is_leader,
    why,
    reason,
    resolver,
    since,
    nullif(until, date '9999-12-31') as until,
    nullif(promised_on, date '9999-12-31') as promised_on
from standing
order by unit, entity, currency, place, due_date nulls last, issue_date nulls last, item
