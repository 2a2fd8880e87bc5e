-- Who is the customer of each wanted account, and who of ours looks after it?
--
-- grain    one row per wanted account
-- reads    wanted_accounts, known_customers, entities, colleagues, open_items
-- note     an account of all entities is signed for the entity of its leader

with
accounts as (
    select
        wanted_accounts.unit,
        wanted_accounts.customer,
        coalesce(nullif(wanted_accounts.entity, ''), leaders.entity, '') as entity
    from wanted_accounts
    left join open_items as leaders on wanted_accounts.leader = leaders.item
)

select
    accounts.unit,
    accounts.customer,
    accounts.entity,
    coalesce(known_customers.name, accounts.customer) as customer_name,
    coalesce(known_customers.language, '') as language,
    coalesce(entities.language, '') as entity_language,
    coalesce(known_customers.country, '') as country,
    coalesce(known_customers.nature, '') as nature,
    coalesce(known_customers.registration, '') as registration,
    coalesce(entities.name, '') as entity_name,
    coalesce(entities.sender_name, '') as sender_name,
    coalesce(entities.sender_email, '') as sender_email,
    coalesce(entities.reply_to, '') as reply_to,
    coalesce(known_customers.collector, '') as collector,
    coalesce(entities.credit_manager, '') as credit_manager,
    coalesce(known_customers.sales_manager, '') as sales_manager
from accounts
left join known_customers on accounts.customer = known_customers.customer
left join entities on accounts.entity = entities.entity
