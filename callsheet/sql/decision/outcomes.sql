-- What is decided for each unit?
--
-- grain    one row per unit
-- reads    leaders, tested_claims, small_claims, withdrawals, decision_settings
-- note     the branches of `verdict_no` stand in the order in which the rules are judged. The
--          numbers up to 7 are those of `items`: what stops its item stops a unit. `verdicts` says
--          what each means: a leader is shown unless nothing may lead; a step only if it may be
--          played, is proposed, failed or awaited

with
situations as (
    select
        leaders.*,
        tested_claims.is_covered,
        not tested_claims.reaches_minimum as is_below_minimum,
        leaders.due_on <= decision_settings.as_of as is_due,
        small_claims.step_no is not null as is_below_step_minimum,
        leaders.pending_since is not null and leaders.ready_on <= decision_settings.as_of
            as is_pending,
        leaders.act_on > decision_settings.as_of as is_closed,
        withdrawals.all_proposals
    from leaders
    inner join decision_settings on leaders.world = decision_settings.world
    left join tested_claims on leaders.account_no = tested_claims.account_no
    left join small_claims
        on
            leaders.account_no = small_claims.account_no
            and leaders.step_no = small_claims.step_no
    left join withdrawals on leaders.account_no = withdrawals.account_no
),

judged as (
    select
        *,
        case
            when scenario_no is null then 8
            when not has_steps then 9
            when item is null then 10
            when stop_no between 1 and 6 then stop_no
            when is_covered then 11
            when is_below_minimum then 12
            when stop_no = 7 then 7
            when is_due and legal and has_credits then 13
            when is_due and is_below_step_minimum then 12
            when is_pending then 14
            when is_due and is_exhausted then 15
            when not is_due then 16
            when is_closed then 17
            else 18
        end as verdict_no
    from situations
),

verdicts (verdict_no, outcome, reason, shows_leader, shows_step, shows_day) as (
    values
    (1, 'hold', 'insolvency', false, false, false),
    (2, 'hold', 'on_hold', false, false, false),
    (3, 'hold', 'disputed', false, false, false),
    (4, 'hold', 'specific_action', false, false, false),
    (5, 'hold', 'below_minimum', false, false, false),
    (6, 'hold', 'no_due_date', false, false, false),
    (7, 'finished', null, true, false, false),
    (8, 'none', 'no_scenario', false, false, false),
    (9, 'none', 'empty_scenario', false, false, false),
    (10, 'none', 'nothing_open', false, false, false),
    (11, 'hold', 'covered_by_credits', true, false, false),
    (12, 'hold', 'below_minimum', true, false, false),
    (13, 'hold', 'credits_to_allocate', true, false, false),
    (14, 'pending', null, true, true, false),
    (15, 'blocked', 'delivery_failed', true, true, false),
    (16, 'wait', 'not_yet', true, true, true),
    (17, 'wait', 'closed_day', true, true, true),
    (18, 'act', null, true, true, true)
)

select
    judged.account_no,
    judged.customer,
    judged.entity,
    verdicts.outcome,
    verdicts.reason,
    case when verdicts.shows_leader then judged.item end as leader,
    case when verdicts.shows_leader then judged.due_date end as leader_due,
    case when verdicts.shows_leader then 1 + judged.restarts end as run_no,
    case when verdicts.shows_step then judged.step end as step,
    case when verdicts.shows_step then judged.step_day end as step_day,
    case when verdicts.shows_step then judged.due_on end as due_on,
    case when verdicts.shows_day then judged.act_on end as act_on,
    case when judged.verdict_no = 14 then judged.pending_since end as pending_since,
    judged.due_on as next_due_on,
    case when judged.pending_since is not null then judged.ready_on end as next_ready_on,
    coalesce(
        case when judged.verdict_no = 14 then judged.other_proposals else judged.all_proposals end,
        []
    ) as withdraw
from judged
inner join verdicts on judged.verdict_no = verdicts.verdict_no
