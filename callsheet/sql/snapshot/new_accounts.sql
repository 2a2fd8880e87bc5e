-- Whose are the accounts that the snapshot before did not have?
--
-- grain    one row per account; entity '' stands for what is known of the customer beside items
-- reads    differing_fingerprints, open_items, customer_fingerprints

with unknown as (
    select account
    from differing_fingerprints
    where old_fingerprint is null
)

select distinct
    hash(open_items.customer, open_items.entity) as account,
    open_items.customer,
    open_items.entity
from open_items
semi join unknown on hash(open_items.customer, open_items.entity) = unknown.account
union all
select
    customer_fingerprints.account,
    customer_fingerprints.customer,
    customer_fingerprints.entity
from customer_fingerprints
semi join unknown on customer_fingerprints.account = unknown.account
