-- Which accounts have another fingerprint than in the snapshot before?
--
-- grain    one row per account
-- reads    item_fingerprints, customer_fingerprints, previous_fingerprints
-- note     without an old fingerprint the account is new, and its names are still to be found;
--          without a new one it is gone

with fingerprints as (
    select
        account,
        fingerprint
    from item_fingerprints
    union all
    select
        account,
        fingerprint
    from customer_fingerprints
)

select
    coalesce(fingerprints.account, previous_fingerprints.account) as account,
    previous_fingerprints.customer,
    previous_fingerprints.entity,
    previous_fingerprints.fingerprint as old_fingerprint,
    fingerprints.fingerprint as new_fingerprint
from fingerprints
full join previous_fingerprints on fingerprints.account = previous_fingerprints.account
where fingerprints.fingerprint is distinct from previous_fingerprints.fingerprint
