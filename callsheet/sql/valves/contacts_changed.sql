-- How many contacts were in the last pull, and how many are gone or say something else?
--
-- grain    one row
-- reads    contacts, contacts_before
-- note     a row is compared as a whole: what is personal in it is sealed, and sealed alike

with
today as (
    select
        contact,
        customer,
        hash(contacts) as said
    from contacts
),

last_time as (
    select
        contact,
        customer,
        hash(contacts_before) as said
    from contacts_before
)

select
    count(*) as contacts,
    count(*) filter (where today.said is null or today.said <> last_time.said) as changed
from last_time
left join today
    on last_time.contact = today.contact and last_time.customer = today.customer
