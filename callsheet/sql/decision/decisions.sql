-- What is decided for each unit?
--
-- grain    one row per unit
-- reads    accounts, leaders, tested_claims, withdrawals, decision_settings
-- note     the branches of `outcome` and `reason` stand in the order of evaluation of the rules. A
--          leader is shown unless nothing may lead; a step only if it may be played, is proposed,
--          failed or awaited

with
situations as (
    select
        accounts.*,
        decision_settings.run_by_due_date,
        leaders.item,
        leaders.due_date,
        leaders.restarts,
        leaders.step as next_step,
        leaders.step_day as next_step_day,
        leaders.due_on as next_due_on,
        leaders.act_on as next_act_on,
        leaders.pending_since as proposed_since,
        leaders.is_exhausted,
        leaders.stopped_by,
        leaders.account_no is null as has_no_candidate,
        leaders.stopped_by not in ('', 'finished') as is_stopped,
        leaders.stopped_by = 'finished' as is_finished,
        tested_claims.account_no is null as is_covered,
        not tested_claims.reaches_minimum as is_below_minimum,
        leaders.due_on <= decision_settings.as_of as is_due,
        leaders.legal and leaders.has_credits as waits_for_credits,
        not tested_claims.reaches_step_minimum as is_below_step_minimum,
        leaders.pending_since is not null and leaders.ready_on <= decision_settings.as_of
            as is_pending,
        leaders.act_on > decision_settings.as_of as is_closed,
        withdrawals.all_proposals,
        withdrawals.other_proposals
    from accounts
    inner join decision_settings on accounts.world = decision_settings.world
    left join leaders on accounts.account_no = leaders.account_no
    left join tested_claims on accounts.account_no = tested_claims.account_no
    left join withdrawals on accounts.account_no = withdrawals.account_no
),

outcomes as (
    select
        *,
        case
            when scenario_no is null or last_day is null or has_no_candidate then 'none'
            when is_stopped or is_covered or is_below_minimum then 'hold'
            when is_finished then 'finished'
            when is_due and (waits_for_credits or is_below_step_minimum) then 'hold'
            when is_pending then 'pending'
            when is_due and is_exhausted then 'blocked'
            when not is_due or is_closed then 'wait'
            else 'act'
        end as outcome,
        case
            when scenario_no is null then 'no_scenario'
            when last_day is null then 'empty_scenario'
            when has_no_candidate then 'nothing_open'
            when is_stopped then stopped_by
            when is_covered then 'covered_by_credits'
            when is_below_minimum then 'below_minimum'
            when is_finished then null
            when is_due and waits_for_credits then 'credits_to_allocate'
            when is_due and is_below_step_minimum then 'below_minimum'
            when is_pending then null
            when is_due and is_exhausted then 'delivery_failed'
            when not is_due then 'not_yet'
            when is_closed then 'closed_day'
        end as reason
    from situations
),

shown as (
    select
        *,
        outcome <> 'none' and not is_stopped as shows_leader,
        outcome in ('act', 'wait', 'pending', 'blocked') as shows_step,
        outcome in ('act', 'wait') as shows_day
    from outcomes
)

select
    shown.world,
    shown.account_no,
    shown.unit,
    shown.customer,
    shown.entity,
    shown.outcome,
    shown.reason,
    case when shown.shows_leader then shown.item end as leader,
    case when shown.shows_leader then shown.due_date end as leader_due,
    case
        when not shown.shows_leader then null
        when shown.run_by_due_date then cast(shown.due_date as varchar)
        else shown.item
    end as run,
    case when shown.shows_leader then 1 + shown.restarts end as run_no,
    shown.scenario,
    shown.scenario_no,
    shown.scenario_version,
    shown.assigned_by,
    case when shown.shows_step then shown.next_step end as step,
    case when shown.shows_step then shown.next_step_day end as step_day,
    case when shown.shows_step then shown.next_due_on end as due_on,
    case when shown.shows_day then shown.next_act_on end as act_on,
    case when shown.outcome = 'pending' then shown.proposed_since end as pending_since,
    coalesce(
        case
            when shown.outcome = 'pending' then shown.other_proposals
            else shown.all_proposals
        end,
        []
    ) as withdraw
from shown
