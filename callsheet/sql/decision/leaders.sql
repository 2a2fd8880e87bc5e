-- Which item leads each unit, and what is its next step?
--
-- grain    one row per unit that has a candidate
-- reads    contenders, steps_in_reach
-- ties     the oldest contender that has a step left leads; its next step is the first that has not
--          lapsed. If none has one, the oldest candidate is shown with what stops it

with
first_steps as (
    select *
    from steps_in_reach
    where is_only_step
    union all
    select *
    from steps_in_reach
    where not is_only_step and not has_lapsed
    qualify row_number() over (partition by account_no order by leading_order, day) = 1
),

stopped as (
    select contenders.*
    from contenders
    anti join first_steps on contenders.account_no = first_steps.account_no
    where not contenders.stands_alone
    qualify
        row_number() over (
            partition by contenders.account_no order by contenders.leading_order
        ) = 1
)

select
    world,
    account_no,
    item,
    due_date,
    restarts,
    has_credits,
    '' as stopped_by,
    step_no,
    step,
    day as step_day,
    legal,
    is_exhausted,
    pending_since,
    ready_on,
    due_on,
    act_on
from first_steps
union all
select
    world,
    account_no,
    item,
    due_date,
    restarts,
    has_credits,
    case when may_lead then 'finished' else stopped_by end as stopped_by,
    null as step_no,
    null as step,
    null as step_day,
    null as legal,
    null as is_exhausted,
    null as pending_since,
    null as ready_on,
    null as due_on,
    null as act_on
from stopped
