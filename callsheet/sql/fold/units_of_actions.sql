-- To which decision unit does each action belong today?
--
-- grain    one row per action
-- reads    given_actions, answering_customers, decision_settings
-- note     a merged customer answers under its new name, a member of a group under its head

select
    given_actions.world,
    given_actions.action_id,
    given_actions.customer,
    given_actions.entity,
    given_actions.origin,
    given_actions.leader,
    given_actions.leader_due,
    given_actions.scenario,
    given_actions.step,
    given_actions.step_day,
    given_actions.internal,
    given_actions.planned_on,
    given_actions.due_on,
    case
        when decision_settings.by_customer
            then coalesce(answering_customers.answers, given_actions.customer)
        else
            coalesce(answering_customers.answers, given_actions.customer)
            || '|' || given_actions.entity
    end as unit
from given_actions
inner join decision_settings on given_actions.world = decision_settings.world
left join answering_customers on given_actions.customer = answering_customers.customer
