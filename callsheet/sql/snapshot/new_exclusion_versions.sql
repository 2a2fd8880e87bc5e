-- Which exclusions of this source are new, changed, or no longer shown, as of $as_of?
--
-- grain    one row per exclusion that gets a new version
-- reads    exclusion, delivered_exclusions
-- note     what the source no longer shows ended the day before; a first version was recorded
--          when the source says, a later one today

with last_versions as (
    select *  -- noqa: AM04
    from exclusion
    where origin = 'erp' and source = $source and recorded_on <= $as_of
    qualify row_number() over (partition by exclusion_id order by no desc) = 1
),

last_numbers as (
    select
        exclusion_id,
        max(no) as no
    from exclusion
    where origin = 'erp' and source = $source
    group by exclusion_id
),

shown as (
    select
        delivered_exclusions.exclusion_id,
        delivered_exclusions.kind,
        delivered_exclusions.customer,
        delivered_exclusions.entity,
        delivered_exclusions.item,
        delivered_exclusions.from_day,
        delivered_exclusions.until_day,
        if(
            last_versions.exclusion_id is null,
            coalesce(least(delivered_exclusions.recorded_on, $as_of), $as_of),  -- noqa: RF02
            $as_of  -- noqa: RF02
        ) as recorded_on,
        delivered_exclusions.amount,
        delivered_exclusions.on_return,
        delivered_exclusions.reason,
        delivered_exclusions.resolver,
        delivered_exclusions.what,
        delivered_exclusions.promised_on,
        delivered_exclusions.outcome
    from delivered_exclusions
    left join last_versions on delivered_exclusions.exclusion_id = last_versions.exclusion_id
    where
        (
            delivered_exclusions.kind, delivered_exclusions.customer,
            delivered_exclusions.entity, delivered_exclusions.item,
            delivered_exclusions.from_day, delivered_exclusions.until_day,
            delivered_exclusions.amount, delivered_exclusions.on_return,
            delivered_exclusions.reason, delivered_exclusions.resolver,
            delivered_exclusions.what, delivered_exclusions.promised_on,
            delivered_exclusions.outcome
        ) is distinct from (
            last_versions.kind, last_versions.customer, last_versions.entity, last_versions.item,
            last_versions.from_day, last_versions.until_day, last_versions.amount,
            last_versions.on_return, last_versions.reason, last_versions.resolver,
            last_versions.what, last_versions.promised_on, last_versions.outcome
        )
),

gone as (
    select
        last_versions.exclusion_id,
        last_versions.kind,
        last_versions.customer,
        last_versions.entity,
        last_versions.item,
        last_versions.from_day,
        $as_of - 1 as until_day,  -- noqa: RF02
        $as_of as recorded_on,  -- noqa: RF02
        last_versions.amount,
        last_versions.on_return,
        last_versions.reason,
        last_versions.resolver,
        last_versions.what,
        last_versions.promised_on,
        last_versions.outcome
    from last_versions
    anti join delivered_exclusions
        on last_versions.exclusion_id = delivered_exclusions.exclusion_id
    where last_versions.until_day is null or last_versions.until_day >= $as_of  -- noqa: RF02
),

versions as (
    select *  -- noqa: AM04
    from shown
    union all
    select *  -- noqa: AM04
    from gone
)

select
    versions.exclusion_id,
    coalesce(last_numbers.no, 0) + 1 as no,
    versions.kind,
    versions.customer,
    versions.entity,
    versions.item,
    versions.from_day,
    versions.until_day,
    versions.recorded_on,
    versions.amount,
    versions.on_return,
    'erp' as origin,
    $source as source,  -- noqa: RF02, AL09
    versions.reason,
    versions.resolver,
    versions.what,
    versions.promised_on,
    versions.outcome,
    '' as author
from versions
left join last_numbers on versions.exclusion_id = last_numbers.exclusion_id
order by versions.exclusion_id
