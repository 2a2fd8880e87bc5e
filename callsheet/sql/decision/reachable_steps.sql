-- Which steps might come next for each unit?
--
-- grain    one row per unit without a choice, its step null where none may lead; of the others one
--          row per contender and step, and one without a step, should all have lapsed
-- reads    accounts, front_items, contenders, steps_after, scenario_steps, decision_settings
-- note     after the due date that is the first step after the progress; before it, also every
--          pre-due step after the progress

with
contender_steps as (
    select
        contenders.account_no,
        contenders.leading_order,
        cast(null as integer) as step_no
    from contenders
    union all
    select
        contenders.account_no,
        contenders.leading_order,
        steps_after.step_no
    from contenders
    inner join steps_after
        on
            contenders.scenario_no = steps_after.scenario_no
            and greatest(coalesce(contenders.progress, -1), -1) = steps_after.progress
    where contenders.may_lead
    union all
    select
        contenders.account_no,
        contenders.leading_order,
        scenario_steps.step_no
    from contenders
    inner join decision_settings on contenders.world = decision_settings.world
    inner join scenario_steps
        on
            contenders.scenario_no = scenario_steps.scenario_no
            and scenario_steps.day > coalesce(contenders.progress, scenario_steps.day - 1)
    where
        contenders.may_lead
        and contenders.due_date >= decision_settings.as_of
        and scenario_steps.day < 0
)

select
    accounts.world,
    accounts.account_no,
    accounts.customer,
    accounts.entity,
    accounts.scenario_no,
    accounts.calendar,
    accounts.country,
    accounts.pays_by_itself,
    accounts.last_contact_on,
    accounts.last_played_on,
    accounts.last_day is not null as has_steps,
    false as has_choice,
    front_items.leading_order,
    front_items.item,
    cast(null as date) as issue_date,
    nullif(front_items.due_date, date '9999-12-31') as due_date,
    front_items.stop_no,
    front_items.restarts,
    front_items.progress,
    front_items.last_on,
    front_items.has_credits,
    cast(null as date) as notice_given_on,
    steps_after.step_no
from accounts
left join front_items on accounts.account_no = front_items.account_no
left join steps_after
    on
        accounts.scenario_no = steps_after.scenario_no
        and front_items.steps_from = steps_after.progress
anti join contenders on accounts.account_no = contenders.account_no
union all
select
    contenders.world,
    contenders.account_no,
    contenders.customer,
    contenders.entity,
    contenders.scenario_no,
    contenders.calendar,
    contenders.country,
    contenders.pays_by_itself,
    contenders.last_contact_on,
    contenders.last_played_on,
    true as has_steps,
    true as has_choice,
    contenders.leading_order,
    contenders.item,
    contenders.issue_date,
    contenders.due_date,
    case
        when contenders.may_lead and contender_steps.step_no is null then 7
        else contenders.stop_no
    end as stop_no,
    contenders.restarts,
    contenders.progress,
    contenders.last_on,
    contenders.has_credits,
    contenders.notice_given_on,
    contender_steps.step_no
from contender_steps
inner join contenders
    on
        contender_steps.account_no = contenders.account_no
        and contender_steps.leading_order = contenders.leading_order
