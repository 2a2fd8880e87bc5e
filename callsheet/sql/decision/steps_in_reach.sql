-- When would each of the steps that might come next be played, and has it lapsed?
--
-- grain    as `reachable_steps`
-- reads    reachable_steps, scenario_steps, failed_steps, standing_proposals, closed_days,
--          decision_settings
-- note     by an option, what reaches the customer keeps the holidays of the customer's country
--          too: the calendar of both is named `calendar+country`

with
ready_steps as (
    select
        reachable_steps.*,
        case
            when
                scenario_steps.keeps_customer_holidays
                and reachable_steps.country is not null
                then reachable_steps.calendar || '+' || reachable_steps.country
            else reachable_steps.calendar
        end as step_calendar,
        scenario_steps.step,
        scenario_steps.day,
        scenario_steps.next_day,
        scenario_steps.legal,
        coalesce(failed_steps.is_exhausted, false) as is_exhausted,
        standing_proposals.planned_on as pending_since,
        standing_proposals.other_proposals,
        reachable_steps.notice_given_on + decision_settings.predue_gap_days as notice_gap_ends_on,
        greatest(
            reachable_steps.due_date + scenario_steps.day,
            case
                when reachable_steps.progress >= 0 or scenario_steps.day < 0
                    then reachable_steps.last_on + cast(
                        scenario_steps.day
                        - greatest(scenario_steps.previous_day, reachable_steps.progress)
                        as integer
                    )
            end,
            failed_steps.last_failed_on + decision_settings.retry_days
        ) as ready_on,
        greatest(
            reachable_steps.last_contact_on + decision_settings.min_gap_days,
            case
                when reachable_steps.progress is null
                    then reachable_steps.last_contact_on + decision_settings.new_run_gap_days
            end,
            reachable_steps.last_played_on + 1
        ) as contact_ends_on,
        decision_settings.as_of,
        decision_settings.days_after_issue
    from reachable_steps
    inner join decision_settings on reachable_steps.world = decision_settings.world
    left join scenario_steps on reachable_steps.step_no = scenario_steps.step_no
    left join failed_steps
        on
            reachable_steps.account_no = failed_steps.account_no
            and reachable_steps.leading_order = failed_steps.leading_order
            and reachable_steps.step_no = failed_steps.step_no
    left join standing_proposals
        on
            reachable_steps.account_no = standing_proposals.account_no
            and reachable_steps.item = standing_proposals.leader
            and reachable_steps.step_no = standing_proposals.step_no
),

dated_steps as (
    select
        *,
        case when step_no is not null then greatest(ready_on, contact_ends_on) end as due_on,
        case
            when day < 0
                then greatest(
                    ready_on, case when pending_since is null then contact_ends_on end, as_of
                )
        end as playable_on
    from ready_steps
)

select
    dated_steps.world,
    dated_steps.account_no,
    dated_steps.customer,
    dated_steps.entity,
    dated_steps.scenario_no,
    dated_steps.step_calendar as calendar,
    dated_steps.has_steps,
    dated_steps.has_choice,
    dated_steps.leading_order,
    dated_steps.item,
    dated_steps.due_date,
    dated_steps.stop_no,
    dated_steps.restarts,
    dated_steps.has_credits,
    dated_steps.step_no,
    dated_steps.step,
    dated_steps.day,
    dated_steps.legal,
    dated_steps.is_exhausted,
    dated_steps.pending_since,
    dated_steps.other_proposals,
    dated_steps.ready_on,
    dated_steps.due_on,
    coalesce(act_days.next_open_on, greatest(dated_steps.due_on, dated_steps.as_of)) as act_on,
    dated_steps.has_choice
    and (
        dated_steps.step_no is null
        or (
            dated_steps.day < 0
            and (
                dated_steps.pays_by_itself
                or coalesce(play_days.next_open_on, dated_steps.playable_on) > dated_steps.due_date
                or coalesce(
                    dated_steps.next_day < 0
                    and dated_steps.due_date + dated_steps.next_day <= dated_steps.as_of,
                    false
                )
                or coalesce(
                    dated_steps.due_date + dated_steps.day
                    < dated_steps.issue_date + dated_steps.days_after_issue,
                    false
                )
                or coalesce(
                    coalesce(play_days.next_open_on, dated_steps.playable_on)
                    <= dated_steps.notice_gap_ends_on,
                    false
                )
            )
        )
    ) as has_lapsed,
    dated_steps.due_date + dated_steps.next_day as superseded_on,
    dated_steps.notice_gap_ends_on
from dated_steps
left join closed_days as act_days
    on
        dated_steps.step_calendar = act_days.calendar
        and greatest(dated_steps.due_on, dated_steps.as_of) = act_days.day
left join closed_days as play_days
    on
        dated_steps.step_calendar = play_days.calendar
        and dated_steps.playable_on = play_days.day
