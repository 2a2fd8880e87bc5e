-- Which lines of messages about to leave are no longer as they were when the message was written?
--
-- grain    one row per action and reason
-- reads    message_lines, known_exclusions, surviving_customers, items_now
-- ties     none: an action may have several reasons, the caller takes the gravest
--
-- message_lines holds every item that was open on the account when the message was written,
-- what it claims of it included: an item it does not hold is new. Their customers lie between
-- $first_customer and $last_customer: snapshots are sorted by customer, the rest is not read.

with versions as (
    select distinct on (exclusion_id) *
    from known_exclusions
    where recorded_on <= $as_of
    order by exclusion_id asc, no desc
),

active as (
    select
        versions.* exclude (customer),
        coalesce(surviving_customers.customer, versions.customer) as customer
    from versions
    left join surviving_customers on versions.customer = surviving_customers.old_customer
    where
        versions.from_day <= $as_of  -- noqa: RF02
        and (versions.until_day is null or versions.until_day >= $as_of)  -- noqa: RF02
),

items as (
    select
        item,
        customer,
        entity,
        open_amount
    from items_now
    where customer between $first_customer and $last_customer
),

accounts as (
    select distinct
        message_lines.action_id,
        message_lines.customer,
        message_lines.entity
    from message_lines
),

excluded_lines as (
    select
        message_lines.action_id,
        message_lines.item,
        active.kind,
        active.what,
        active.amount
    from message_lines
    inner join active
        on (
            message_lines.item = active.item
            or (
                active.item = ''
                and message_lines.customer = active.customer
                and active.entity in ('', message_lines.entity)
            )
        )
    where message_lines.claimed_amount > 0
),

partly_excluded as (
    select
        excluded_lines.action_id,
        excluded_lines.item,
        any_value(excluded_lines.kind) as kind,
        any_value(excluded_lines.what) as what,
        sum(excluded_lines.amount) as excluded_amount
    from excluded_lines
    where excluded_lines.amount is not null
    group by excluded_lines.action_id, excluded_lines.item
),

found as (
    select
        excluded_lines.action_id,
        excluded_lines.kind,
        excluded_lines.what
    from excluded_lines
    where excluded_lines.amount is null
    union all
    select
        message_lines.action_id,
        partly_excluded.kind,
        partly_excluded.what
    from message_lines
    inner join partly_excluded
        on
            message_lines.action_id = partly_excluded.action_id
            and message_lines.item = partly_excluded.item
    inner join items on message_lines.item = items.item
    where
        message_lines.claimed_amount
        > greatest(items.open_amount - partly_excluded.excluded_amount, 0)
    union all
    select
        message_lines.action_id,
        'paid' as kind,
        '' as what
    from message_lines
    left join items on message_lines.item = items.item
    where
        message_lines.claimed_amount > 0
        and coalesce(items.open_amount, 0) <= 0
    union all
    select
        message_lines.action_id,
        'changed' as kind,
        '' as what
    from message_lines
    left join items on message_lines.item = items.item
    where
        coalesce(items.open_amount, 0) <> message_lines.open_amount
    union all
    select
        accounts.action_id,
        'changed' as kind,
        '' as what
    from accounts
    inner join items
        on
            accounts.customer = items.customer
            and accounts.entity = items.entity
    left join message_lines
        on
            accounts.action_id = message_lines.action_id
            and items.item = message_lines.item
    where
        items.open_amount < 0
        and message_lines.item is null
)

select distinct
    found.action_id,
    found.kind,
    found.what
from found
order by found.action_id, found.kind, found.what
