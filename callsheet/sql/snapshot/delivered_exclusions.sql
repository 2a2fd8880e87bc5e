-- What takes items out of their scenario, as the snapshot of this source says?
--
-- grain    one row per exclusion
-- reads    disputes, specific_actions, holds, insolvencies

select
    'dispute|' || $source || '|' || dispute as exclusion_id,
    'dispute' as kind,
    customer,
    coalesce(entity, '') as entity,
    coalesce(item, '') as item,
    from_day,
    until_day,
    recorded_on,
    amount,
    coalesce(on_return, '') as on_return,
    coalesce(reason, '') as reason,
    coalesce(resolver, '') as resolver,
    '' as what,
    cast(null as date) as promised_on,
    coalesce(outcome, '') as outcome
from disputes
union all
select
    'specific_action|' || $source || '|' || specific_action as exclusion_id,
    'specific_action' as kind,
    customer,
    coalesce(entity, '') as entity,
    coalesce(item, '') as item,
    from_day,
    until_day,
    recorded_on,
    amount,
    coalesce(on_return, '') as on_return,
    '' as reason,
    '' as resolver,
    coalesce(kind, '') as what,
    promised_on,
    '' as outcome
from specific_actions
union all
select
    'hold|' || $source || '|' || hold as exclusion_id,
    'hold' as kind,
    customer,
    coalesce(entity, '') as entity,
    coalesce(item, '') as item,
    from_day,
    until_day,
    recorded_on,
    cast(null as decimal(18, 3)) as amount,
    coalesce(on_return, '') as on_return,
    coalesce(reason, '') as reason,
    '' as resolver,
    '' as what,
    cast(null as date) as promised_on,
    '' as outcome
from holds
union all
select
    'insolvency|' || $source || '|' || insolvency as exclusion_id,
    'insolvency' as kind,
    customer,
    coalesce(entity, '') as entity,
    '' as item,
    from_day,
    until_day,
    recorded_on,
    cast(null as decimal(18, 3)) as amount,
    '' as on_return,
    '' as reason,
    '' as resolver,
    coalesce(kind, '') as what,
    cast(null as date) as promised_on,
    '' as outcome
from insolvencies
