-- What is decided for each unit?
--
-- grain    one row per unit
-- reads    accounts, fronts, leaders, tested_claims, decision_settings
-- note     the branches stand in the order of evaluation of the rules

with
situations as (
    select
        accounts.account_no,
        decision_settings.as_of,
        accounts.scenario_no is null as has_no_scenario,
        accounts.last_day is null as has_no_steps,
        fronts.oldest_order is null as has_no_candidate,
        leaders.stopped_by not in ('', 'finished') as is_stopped,
        tested_claims.account_no is null as is_covered,
        not tested_claims.reaches_minimum as is_below_minimum,
        leaders.stopped_by = 'finished' as is_finished,
        leaders.due_on <= decision_settings.as_of as is_due,
        leaders.legal and fronts.has_credits as waits_for_credits,
        not tested_claims.reaches_step_minimum as is_below_step_minimum,
        leaders.pending_since is not null and leaders.ready_on <= decision_settings.as_of
            as is_pending,
        leaders.is_exhausted,
        leaders.act_on > decision_settings.as_of as is_closed,
        leaders.stopped_by
    from accounts
    inner join decision_settings on accounts.world = decision_settings.world
    left join fronts on accounts.account_no = fronts.account_no
    left join leaders on accounts.account_no = leaders.account_no
    left join tested_claims on accounts.account_no = tested_claims.account_no
)

select
    account_no,
    case
        when has_no_scenario or has_no_steps or has_no_candidate then 'none'
        when is_stopped or is_covered or is_below_minimum then 'hold'
        when is_finished then 'finished'
        when is_due and (waits_for_credits or is_below_step_minimum) then 'hold'
        when is_pending then 'pending'
        when is_due and is_exhausted then 'blocked'
        when not is_due or is_closed then 'wait'
        else 'act'
    end as outcome,
    case
        when has_no_scenario then 'no_scenario'
        when has_no_steps then 'empty_scenario'
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
