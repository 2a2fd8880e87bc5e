-- Which item leads each unit, and what is its next step?
--
-- grain    one row per unit that has a candidate
-- reads    contenders, steps_in_reach
-- ties     the oldest contender that has a step left leads; its next step is the first that has not
--          lapsed. If none has one, the oldest candidate is shown with what stops it

with
next_steps as (
    select
        item,
        min(day) as day
    from steps_in_reach
    where not has_lapsed
    group by item
),

chosen as (
    select
        contenders.account_no,
        coalesce(
            min(contenders.leading_order) filter (next_steps.item is not null),
            min(contenders.leading_order)
        ) as leading_order
    from contenders
    left join next_steps on contenders.item = next_steps.item
    group by contenders.account_no
)

select
    contenders.account_no,
    contenders.item,
    contenders.due_date,
    contenders.scenario_no,
    contenders.restarts,
    case
        when steps_in_reach.item is not null then ''
        when contenders.may_lead then 'finished'
        else contenders.stopped_by
    end as stopped_by,
    steps_in_reach.step_no,
    steps_in_reach.step,
    steps_in_reach.day as step_day,
    steps_in_reach.legal,
    steps_in_reach.is_exhausted,
    steps_in_reach.passed_over_on,
    steps_in_reach.pending_since,
    steps_in_reach.ready_on,
    steps_in_reach.due_on,
    steps_in_reach.act_on
from chosen
inner join contenders
    on
        chosen.account_no = contenders.account_no
        and chosen.leading_order = contenders.leading_order
left join next_steps on contenders.item = next_steps.item
left join steps_in_reach
    on next_steps.item = steps_in_reach.item and next_steps.day = steps_in_reach.day
