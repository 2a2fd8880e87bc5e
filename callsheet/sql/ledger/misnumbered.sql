-- Which is the first event that is not the next one of its subject?
--
-- grain    one row, or none
-- reads    event
-- ties     same place in the ledger: the smaller number

with
counted as (
    select
        ledger_seq,
        subject,
        no,
        row_number() over (partition by subject order by ledger_seq, no) as place
    from event
)

select
    ledger_seq,
    subject,
    no,
    place
from counted
where no is distinct from place
order by ledger_seq, no
limit 1
