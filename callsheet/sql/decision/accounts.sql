-- Which scenario does each unit follow, what assigned it, and when was it contacted last?
--
-- grain    one row per unit
-- reads    units, given_assignments, rule_matches, scenario_rules, scenarios, last_contacts
-- ties     an assignment of the account beats the customer's, that beats the first rule that is
--          true; two assignments of the same thing: the smallest scenario key

with
assignments as (
    select
        customer,
        coalesce(entity, '') as entity,
        min(scenario) as scenario
    from given_assignments
    group by all
),

first_rules as (
    select
        account_no,
        min(rule_no) as rule_no
    from rule_matches
    group by account_no
),

assigned as (
    select
        units.account_no,
        coalesce(own.scenario, customers.scenario, scenario_rules.scenario) as scenario,
        case
            when own.scenario is not null then 'account'
            when customers.scenario is not null then 'customer'
            when scenario_rules.scenario is not null then 'rule ' || scenario_rules.rule_order
            else ''
        end as assigned_by
    from units
    left join assignments as own
        on units.customer = own.customer and own.entity <> '' and units.unit_entity = own.entity
    left join assignments as customers
        on units.customer = customers.customer and customers.entity = ''
    left join first_rules on units.account_no = first_rules.account_no
    left join scenario_rules on first_rules.rule_no = scenario_rules.rule_no
)

select
    units.world,
    units.account_no,
    units.unit,
    units.customer,
    units.unit_entity as entity,
    units.calendar,
    units.country,
    units.pays_by_itself,
    assigned.scenario,
    assigned.assigned_by,
    scenarios.scenario_no,
    scenarios.version as scenario_version,
    scenarios.first_day,
    scenarios.last_day,
    last_contacts.last_contact_on,
    last_contacts.last_played_on,
    last_contacts.predue_leader,
    last_contacts.predue_on,
    last_contacts.predue_before_on
from units
inner join assigned on units.account_no = assigned.account_no
left join scenarios
    on units.world = scenarios.world and assigned.scenario = scenarios.scenario
left join last_contacts on units.account_no = last_contacts.account_no
