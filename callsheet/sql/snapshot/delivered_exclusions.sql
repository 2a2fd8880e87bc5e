-- What takes items out of their scenario, as the snapshot of this source says?
--
-- grain    one row per exclusion
-- reads    disputes, specific_actions, promise_ends, holds, insolvencies
-- note     a promise without an end ends with the grace after its day: `promise_ends`

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
    'specific_action|' || $source || '|'  -- noqa: RF02
    || specific_actions.specific_action as exclusion_id,
    'specific_action' as kind,
    specific_actions.customer,
    coalesce(specific_actions.entity, '') as entity,
    coalesce(specific_actions.item, '') as item,
    specific_actions.from_day,
    coalesce(specific_actions.until_day, promise_ends.until_day) as until_day,
    specific_actions.recorded_on,
    specific_actions.amount,
    coalesce(specific_actions.on_return, '') as on_return,
    '' as reason,
    '' as resolver,
    coalesce(specific_actions.kind, '') as what,
    specific_actions.promised_on,
    '' as outcome
from specific_actions
left join promise_ends on specific_actions.specific_action = promise_ends.specific_action
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
