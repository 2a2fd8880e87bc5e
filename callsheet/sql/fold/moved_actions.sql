-- Which actions belong to another unit or run than they were folded under?
--
-- grain    one row per action whose customer was merged, joined or left a group, or whose unit or
--          run is cut otherwise by the settings
-- reads    step_state, answering_customers, decision_settings

with
renamed as (
    select
        step_state.*,
        case
            when decision_settings.by_customer
                then coalesce(answering_customers.answers, step_state.customer)
            else
                coalesce(answering_customers.answers, step_state.customer)
                || '|' || step_state.entity
        end as new_unit,
        case
            when decision_settings.run_by_due_date
                then coalesce(cast(step_state.leader_due as varchar), '')
            else step_state.leader
        end as run
    from step_state
    inner join decision_settings on step_state.world = decision_settings.world
    left join answering_customers on step_state.customer = answering_customers.customer
)

select
    action_id,
    customer,
    unit as old_unit,
    new_unit as unit,
    number_of(new_unit) as account_no,
    number_of(new_unit || '|' || run) as run_key
from renamed
where unit <> new_unit or run_key <> number_of(new_unit || '|' || run)
