-- Which unit does each delivered item belong to, and which run would it lead?
--
-- grain    one row per item of the accounts looked at
-- reads    given_items, answering_customers, decision_settings, given_entities

with
items_of_units as (
    select
        given_items.world,
        given_items.item,
        given_items.entity,
        given_items.kind,
        given_items.currency,
        given_items.issue_date,
        given_items.due_date,
        given_items.open_amount,
        given_items.applies_to,
        decision_settings.run_by_due_date,
        decision_settings.by_customer,
        coalesce(answering_customers.current_name, given_items.customer) as customer,
        coalesce(answering_customers.answers, given_items.customer) as answers
    from given_items
    inner join decision_settings on given_items.world = decision_settings.world
    left join answering_customers on given_items.customer = answering_customers.customer
),

units_of_items as (
    select
        *,
        case when by_customer then answers else answers || '|' || entity end as unit
    from items_of_units
)

select
    world,
    item,
    unit,
    customer,
    answers,
    case when by_customer then '' else entity end as unit_entity,
    entity,
    kind,
    currency,
    issue_date,
    due_date,
    open_amount,
    applies_to,
    number_of(unit) as account_no,
    number_of(
        unit || '|' || case
            when run_by_due_date then coalesce(cast(due_date as varchar), '')
            else item
        end
    ) as run_key
from units_of_items
