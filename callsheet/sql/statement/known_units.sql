-- Under which names are the wanted accounts written in the history?
--
-- grain    one row per wanted account and unit it is or was
-- reads    wanted_accounts, customers, surviving_customers
-- note     members of its group and merged customers were units of their own

with
members as (
    select
        unit,
        past_customer as customer,
        past_entity
    from wanted_accounts
    union
    select
        wanted_accounts.unit,
        customers.customer,
        wanted_accounts.past_entity
    from wanted_accounts
    inner join customers on wanted_accounts.past_customer = customers.head_account
),

names as (
    select
        unit,
        customer,
        past_entity
    from members
    union
    select
        members.unit,
        surviving_customers.old_customer as customer,
        members.past_entity
    from members
    inner join surviving_customers on members.customer = surviving_customers.customer
)

select
    unit,
    customer || case when past_entity = '' then '' else '|' || past_entity end as known_as
from names
