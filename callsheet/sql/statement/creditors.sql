-- Who are the creditors, and which bank account is to be paid?
--
-- grain    one row per entity
-- reads    entities

select
    entity,
    name,
    currency,
    coalesce(language, '') as language,
    coalesce(country, '') as country,
    coalesce(address_line1, '') as address_line1,
    coalesce(address_line2, '') as address_line2,
    coalesce(postcode, '') as postcode,
    coalesce(city, '') as city,
    coalesce(registration, '') as registration,
    coalesce(bank_name, '') as bank_name,
    coalesce(iban, '') as iban,
    coalesce(bic, '') as bic
from entities
