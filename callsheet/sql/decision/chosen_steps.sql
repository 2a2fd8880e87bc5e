-- Which step is the next one of each unit that has a choice?
--
-- grain    one row per unit of `contenders`
-- reads    steps_in_reach
-- ties     the oldest contender that has a step left leads; its next step is the first that has not
--          lapsed. If none has one, the oldest candidate is shown with what stops it

with
ranked as (
    select
        *,
        row_number() over (
            partition by account_no order by has_lapsed, leading_order, day nulls first
        ) as place
    from steps_in_reach
    where has_choice
)

select
    world,
    account_no,
    customer,
    entity,
    scenario_no,
    calendar,
    has_steps,
    has_choice,
    leading_order,
    item,
    due_date,
    stop_no,
    restarts,
    has_credits,
    step_no,
    step,
    day,
    legal,
    is_exhausted,
    pending_since,
    other_proposals,
    ready_on,
    due_on,
    act_on
from ranked
where place = 1
