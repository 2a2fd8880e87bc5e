-- Which item leads each unit, and what is its next step?
--
-- grain    one row per unit; without an item where there is no candidate
-- reads    steps_in_reach, chosen_steps

with
next_steps as (
    select * from steps_in_reach
    where not has_choice
    union all
    select * from chosen_steps
)

select
    world,
    account_no,
    customer,
    entity,
    scenario_no,
    has_steps,
    item,
    due_date,
    stop_no,
    restarts,
    has_credits,
    step_no,
    step,
    day as step_day,
    legal,
    is_exhausted,
    pending_since,
    other_proposals,
    ready_on,
    due_on,
    act_on
from next_steps
