-- Which exclusions are known and not empty?
--
-- grain    one row per exclusion
-- reads    given_exclusions, return_modes, decision_settings, answering_customers
-- ties     the version with the highest number among those recorded by then
-- note     `rank`: which reason is given first when several cover an item

with
known_versions as (
    select
        given_exclusions.*,
        decision_settings.as_of,
        row_number() over (
            partition by given_exclusions.exclusion_id order by given_exclusions.no desc
        ) as age
    from given_exclusions
    inner join decision_settings on given_exclusions.world = decision_settings.world
    where given_exclusions.recorded_on <= decision_settings.as_of
)

select
    known_versions.world,
    known_versions.exclusion_id,
    known_versions.kind,
    case known_versions.kind
        when 'insolvency' then 1
        when 'hold' then 2
        when 'dispute' then 3
        else 4
    end as rank,
    coalesce(answering_customers.current_name, known_versions.customer) as customer,
    known_versions.entity,
    known_versions.item,
    known_versions.from_day,
    known_versions.until_day,
    coalesce(known_versions.until_day, date '9999-12-30') as last_day,
    known_versions.amount,
    coalesce(nullif(known_versions.on_return, ''), return_modes.on_return, 'continue')
        as on_return,
    known_versions.as_of
from known_versions
left join return_modes
    on known_versions.world = return_modes.world and known_versions.kind = return_modes.kind
left join answering_customers on known_versions.customer = answering_customers.customer
where
    known_versions.age = 1
    and known_versions.from_day <= coalesce(known_versions.until_day, known_versions.from_day)
