-- Which accounts' facts changed since the snapshot before?
--
-- grain    one row per account; entity '' stands for a customer who has no open item
-- reads    fingerprints, previous_fingerprints
-- note     a change of the customer's own facts concerns all the customer's accounts

with differing as (
    select
        coalesce(fingerprints.customer, previous_fingerprints.customer) as customer,
        coalesce(fingerprints.entity, previous_fingerprints.entity) as entity,
        previous_fingerprints.fingerprint as old_fingerprint,
        fingerprints.fingerprint as new_fingerprint
    from fingerprints
    full join previous_fingerprints
        on fingerprints.account = previous_fingerprints.account
    where fingerprints.fingerprint is distinct from previous_fingerprints.fingerprint
),

of_their_customer as (
    select
        fingerprints.customer,
        fingerprints.entity,
        fingerprints.fingerprint as old_fingerprint,
        fingerprints.fingerprint as new_fingerprint
    from fingerprints
    inner join differing
        on fingerprints.customer = differing.customer and differing.entity = ''
    anti join differing as themselves
        on
            fingerprints.customer = themselves.customer
            and fingerprints.entity = themselves.entity
    where fingerprints.entity <> ''
)

select
    customer,
    entity,
    old_fingerprint,
    new_fingerprint
from differing
union all
select
    customer,
    entity,
    old_fingerprint,
    new_fingerprint
from of_their_customer
order by customer, entity
