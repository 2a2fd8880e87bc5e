-- Which exclusions had been recorded when the decision of $as_of was made?
--
-- grain    one row per exclusion and version
-- reads    exclusion, event
-- note     a person's is known from its event on, the ERP's from its snapshot's day on; one on an
--          item may name no customer

with
recorded as (
    select
        subject,
        no
    from event
    where kind = 'exclusion' and ledger_seq <= $through_seq
),

asked_exclusions as (
    select * from exclusion
    where
        recorded_on <= $as_of
        and (
            $everybody
            or customer = ''
            or customer in (select unnest(cast($customers as varchar[])))
        )
)

select
    0 as world,
    asked_exclusions.exclusion_id,
    asked_exclusions.no,
    asked_exclusions.kind,
    asked_exclusions.customer,
    asked_exclusions.entity,
    asked_exclusions.item,
    asked_exclusions.from_day,
    asked_exclusions.until_day,
    asked_exclusions.recorded_on,
    asked_exclusions.amount,
    asked_exclusions.on_return,
    asked_exclusions.reason,
    asked_exclusions.resolver,
    asked_exclusions.what,
    asked_exclusions.promised_on
from asked_exclusions
left join recorded
    on
        asked_exclusions.exclusion_id = recorded.subject
        and asked_exclusions.no = recorded.no
where asked_exclusions.origin <> 'person' or recorded.subject is not null
