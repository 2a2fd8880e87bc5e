-- Where do letters to each wanted account go?
--
-- grain    one row per account and kind of address
-- reads    wanted_accounts, addresses, customers

select
    wanted_accounts.unit,
    addresses.kind,
    coalesce(nullif(addresses.name, ''), customers.name, wanted_accounts.customer) as name,
    coalesce(addresses.line1, '') as line1,
    coalesce(addresses.line2, '') as line2,
    coalesce(addresses.postcode, '') as postcode,
    coalesce(addresses.city, '') as city,
    coalesce(addresses.country, '') as country
from wanted_accounts
inner join addresses on wanted_accounts.customer = addresses.customer
left join customers on wanted_accounts.customer = customers.customer
order by wanted_accounts.unit, addresses.kind
