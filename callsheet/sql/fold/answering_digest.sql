-- Has it changed which customers answer under another name?
--
-- grain    one row
-- reads    answering_customers

select
    coalesce(
        sha256(string_agg(customer || '>' || answers, '|' order by customer, answers)), ''
    ) as names_hash
from answering_customers
