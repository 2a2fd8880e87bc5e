-- What waits for a person?
--
-- grain    one row per task: an action to confirm, do, post or vouch for, or an account to see to
-- reads    action, action_state, account_state, event
-- note     a dead address waits until its contact is mended: `callsheet worklist` leaves out those
--          that stand among no customer's contacts any more
-- column   task         confirm, do, post, vouch, decide, allocate_credits, or fix_contact
-- column   unit         the account, or the customer when one customer is one unit
-- column   customer     the customer, or the head of grouped accounts
-- column   entity       the entity; '' when one customer is one unit
-- column   since_day    the day since which it waits
-- column   act_on       the day it can be played; null when the task is no action
-- column   action_id    the action; '' when the task is none
-- column   channel      how it is played; '' when the task is no action
-- column   step_title   the step's title; '' when the task is no action
-- column   legal        true when the action is a legal step
-- column   internal     true when it goes to a colleague
-- column   leader       the item that led when it was planned, or leads now
-- column   leader_due   that item's due date
-- column   claim        what the action claims: a list of currency, amount and items, as JSON text
-- column   reason       why, a code of the closed table; '' when the task says it all

select
    case
        when action_state.state = 'in_doubt' then 'vouch'
        when action_state.state = 'confirmed' then 'post'
        when action.mode = 'manual' then 'do'
        else 'confirm'
    end as task,
    action.unit,
    action.customer,
    action.entity,
    action_state.on_day as since_day,
    action.act_on,
    action.action_id,
    action.channel,
    action.step_title,
    action.legal,
    action.internal,
    action.leader,
    action.leader_due,
    action.claim,
    action_state.reason
from action
inner join action_state on action.action_id = action_state.action_id
where
    action_state.state = 'in_doubt'
    or action_state.state = 'planned'
    or (action_state.state = 'confirmed' and action.channel in ('letter', 'registered_letter'))

union all

select
    case
        when outcome = 'finished' then 'decide'
        when outcome = 'blocked' then 'fix_contact'
        else 'allocate_credits'
    end as task,
    unit,
    customer,
    entity,
    decided_on as since_day,
    cast(null as date) as act_on,
    '' as action_id,
    '' as channel,
    '' as step_title,
    false as legal,
    false as internal,
    leader,
    leader_due,
    '[]' as claim,
    reason
from account_state
where
    outcome in ('finished', 'blocked')
    or (outcome = 'hold' and reason in ('covered_by_credits', 'credits_to_allocate'))

union all

select
    'fix_contact' as task,
    addresses.unit,
    addresses.customer,
    addresses.entity,
    addresses.on_day as since_day,
    cast(null as date) as act_on,
    '' as action_id,
    '' as channel,
    '' as step_title,
    false as legal,
    false as internal,
    '' as leader,
    cast(null as date) as leader_due,
    '[]' as claim,
    addresses.reason
from (
    select distinct on (subject)
        subject,
        state,
        reason,
        on_day,
        unit,
        customer,
        entity
    from event
    where subject >= 'address:' and subject < 'address;'
    order by subject asc, no desc
) as addresses
left join account_state
    on addresses.unit = account_state.unit and account_state.outcome = 'blocked'
where addresses.state = 'suppressed' and account_state.unit is null
