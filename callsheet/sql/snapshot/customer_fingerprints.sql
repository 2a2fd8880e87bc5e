-- What else is known of each customer that a decision reads, as one number?
--
-- grain    one row per customer; entity is '' because it concerns all of them
-- reads    customers, assignments, disputes, specific_actions, holds, insolvencies,
--          merged_customers, opening_position

with facts as (
    select
        customer,
        hash(
            'customer', language, country, nature, risk_class, size, payment_method,
            payer_profile, head_account, collector, sales_manager, custom
        ) as fact
    from customers
    union all
    select
        customer,
        hash('assignment', entity, scenario) as fact
    from assignments
    union all
    select
        customer,
        hash(
            'dispute', dispute, entity, item, amount, from_day, until_day, recorded_on, on_return,
            outcome
        ) as fact
    from disputes
    union all
    select
        customer,
        hash(
            'specific_action', specific_action, entity, item, amount, promised_on, from_day,
            until_day, recorded_on, on_return
        ) as fact
    from specific_actions
    union all
    select
        customer,
        hash('hold', hold, entity, item, from_day, until_day, recorded_on, on_return) as fact
    from holds
    union all
    select
        customer,
        hash('insolvency', insolvency, entity, kind, from_day, until_day, recorded_on) as fact
    from insolvencies
    union all
    select
        customer,
        hash('merger', old_customer) as fact
    from merged_customers
    union all
    select
        customer,
        hash('opening_position', entity, scenario, step, day, leader) as fact
    from opening_position
)

select
    hash(customer, '') as account,
    customer,
    '' as entity,
    bit_xor(fact) as fingerprint
from facts
group by customer
