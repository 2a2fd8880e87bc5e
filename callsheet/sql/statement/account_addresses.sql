-- Where do letters to each wanted account go?
--
-- grain    one row per account and kind of address
-- reads    wanted_accounts, known_addresses, known_customers

select
    wanted_accounts.unit,
    known_addresses.kind,
    coalesce(nullif(known_addresses.name, ''), known_customers.name, wanted_accounts.customer)
        as name,
    coalesce(known_addresses.line1, '') as line1,
    coalesce(known_addresses.line2, '') as line2,
    coalesce(known_addresses.postcode, '') as postcode,
    coalesce(known_addresses.city, '') as city,
    coalesce(known_addresses.country, '') as country
from wanted_accounts
inner join known_addresses on wanted_accounts.customer = known_addresses.customer
left join known_customers on wanted_accounts.customer = known_customers.customer
order by wanted_accounts.unit, known_addresses.kind
