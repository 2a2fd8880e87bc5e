-- Which rows name a customer that nobody delivered?
--
-- grain    one row per faulty delivered value
-- reads    customer_references, known_customers, pull_rules
-- but      where nobody ever delivered a table of customers, nothing can be said of one

select
    customer_references.table_name,
    customer_references.line,
    customer_references.customer as found
from customer_references
anti join known_customers on customer_references.customer = known_customers.customer
where
    customer_references.customer is not null
    and (select pull_rules.has_customers from pull_rules)
