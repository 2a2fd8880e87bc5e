-- What went otherwise than it should, and asks for a look?
--
-- grain    one row per account, action or delivered row that is an exception now
-- reads    account_state, action, action_state, item_state, exception_limit, quarantine, snapshot
-- note     what waits too long and which debt is old is kept with each decision, by the entity's
--          calendar and the settings: exception_limit
-- column   code        what it is, a code of the closed table
-- column   customer    the customer; '' when a delivered row names none
-- column   entity      the entity; '' when none is named
-- column   on_day      the day since which it stands
-- column   subject     the unit, the action, or source, table and line of a delivered row; the
--                      customer and entity of an old debt
-- column   found       what was found: a step's title, what is owed, or the value that was refused

with
last_snapshots as (
    select
        source,
        max(published_at) as published_at
    from snapshot
    group by source
),

last_decision as (
    select max(decided_on) as decided_on from account_state
)

select
    quarantine.code,
    quarantine.customer,
    quarantine.entity,
    quarantine.on_day,
    quarantine.source || '/' || quarantine.table_name || case
        when quarantine.line < 0 then ', an earlier delivery'
        else ', line ' || cast(quarantine.line as varchar)
    end as subject,
    quarantine.found
from quarantine
inner join snapshot on quarantine.snapshot_id = snapshot.snapshot_id
inner join last_snapshots
    on
        snapshot.source = last_snapshots.source
        and snapshot.published_at = last_snapshots.published_at

union all

select
    case
        when account_state.outcome = 'none' then 'no_scenario'
        when account_state.outcome = 'blocked' then 'delivery_failed'
        else 'finished'
    end as code,
    account_state.customer,
    account_state.entity,
    account_state.decided_on as on_day,
    account_state.unit as subject,
    account_state.leader as found
from account_state
where
    account_state.outcome in ('blocked', 'finished')
    or (account_state.outcome = 'none' and account_state.reason = 'no_scenario')

union all

select
    case
        when action_state.state = 'in_doubt' then 'in_doubt'
        when action_state.reason <> '' then action_state.reason
        when action_state.state in ('planned', 'confirmed') then 'pending_long'
        else action_state.state
    end as code,
    action.customer,
    action.entity,
    action_state.on_day,
    action.action_id as subject,
    action.step_title as found
from action
inner join action_state on action.action_id = action_state.action_id
cross join last_decision
left join exception_limit on action.entity = exception_limit.entity
where
    action_state.state in ('in_doubt', 'blocked')
    or (
        action_state.state in ('rejected', 'delivery_failed')
        and action_state.on_day >= last_decision.decided_on
    )
    or (
        action_state.state in ('planned', 'confirmed')
        and action.planned_on <= exception_limit.pending_until
    )

union all

select
    'entity_not_loaded' as code,
    account_state.customer,
    account_state.entity,
    account_state.decided_on as on_day,
    account_state.unit as subject,
    account_state.step as found
from account_state
cross join last_decision
left join exception_limit
    on
        account_state.entity = exception_limit.entity
        and last_decision.decided_on = exception_limit.on_day
where
    account_state.outcome = 'act'
    and account_state.entity <> ''
    and exception_limit.entity is null

union all

select
    'old_debt' as code,
    item_state.customer,
    item_state.entity,
    min(item_state.due_date) + max(exception_limit.friendly_days) + 1 as on_day,
    item_state.customer || '|' || item_state.entity as subject,
    cast(sum(item_state.collectable) as varchar) || ' ' || item_state.currency as found
from item_state
inner join exception_limit on item_state.entity = exception_limit.entity
where
    item_state.may_claim
    and item_state.due_date < exception_limit.friendly_from
group by item_state.customer, item_state.entity, item_state.currency
