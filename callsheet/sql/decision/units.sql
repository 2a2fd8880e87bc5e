-- Which units are decided, and what do the assignment rules see of each?
--
-- grain    one row per unit
-- reads    current_items, past_actions, given_customers, given_entities, answering_customers,
--          decision_settings
-- note     a unit has an item or an action; if one customer is one unit, every customer is one

with
names as (
    select
        world,
        unit,
        answers as customer,
        unit_entity as entity
    from current_items
    union
    select
        past_actions.world,
        past_actions.unit,
        coalesce(answering_customers.answers, past_actions.customer) as customer,
        case when decision_settings.by_customer then '' else past_actions.entity end as entity
    from past_actions
    inner join decision_settings on past_actions.world = decision_settings.world
    left join answering_customers on past_actions.customer = answering_customers.customer
    where past_actions.entity <> '' or decision_settings.by_customer
    union
    select
        given_customers.world,
        coalesce(answering_customers.answers, given_customers.customer) as unit,
        coalesce(answering_customers.answers, given_customers.customer) as customer,
        '' as entity
    from given_customers
    inner join decision_settings on given_customers.world = decision_settings.world
    left join answering_customers on given_customers.customer = answering_customers.customer
    where decision_settings.by_customer
)

select
    names.world,
    names.unit,
    number_of(names.unit) as account_no,
    names.customer,
    names.entity as unit_entity,
    nullif(names.entity, '') as entity,
    given_entities.calendar,
    given_customers.name,
    given_customers.language,
    given_customers.country,
    given_customers.nature,
    given_customers.risk_class,
    given_customers.size,
    given_customers.payment_method,
    given_customers.payer_profile,
    given_customers.head_account,
    given_customers.collector,
    given_customers.sales_manager,
    given_customers.custom,
    coalesce(
        list_contains(
            decision_settings.no_pre_due_payment_methods, given_customers.payment_method
        ),
        false
    ) as pays_by_itself
from names
inner join decision_settings on names.world = decision_settings.world
left join given_customers on names.customer = given_customers.customer
left join given_entities
    on names.world = given_entities.world and names.entity = given_entities.entity
