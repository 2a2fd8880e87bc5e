-- Where do letters to the known customers go?
--
-- grain    one row per customer and kind of address
-- reads    known_addresses, known_customers
-- ties     none: a customer has one address of a kind

select
    known_addresses.customer,
    known_addresses.kind,
    coalesce(nullif(known_addresses.name, ''), known_customers.name, known_addresses.customer)
        as name,
    coalesce(known_addresses.line1, '') as line1,
    coalesce(known_addresses.line2, '') as line2,
    coalesce(known_addresses.postcode, '') as postcode,
    coalesce(known_addresses.city, '') as city,
    coalesce(known_addresses.country, '') as country
from known_addresses
left join known_customers on known_addresses.customer = known_customers.customer
order by known_addresses.customer, known_addresses.kind
