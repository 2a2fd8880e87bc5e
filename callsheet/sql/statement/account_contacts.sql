-- Whom do we write to, call and text for each wanted account?
--
-- grain    one row per account that has a contact
-- reads    wanted_accounts, known_contacts
-- ties     the contact for collection, then by role, then the smallest contact id

with
ranked as (
    select
        wanted_accounts.unit,
        known_contacts.contact,
        coalesce(known_contacts.name, '') as name,
        coalesce(known_contacts.role, '') as role,
        coalesce(known_contacts.email, '') as email,
        coalesce(known_contacts.phone, '') as phone,
        coalesce(known_contacts.mobile, '') as mobile,
        (
            not coalesce(known_contacts.is_collection, false),
            coalesce(
                list_position(
                    ['accounting', 'finance', 'billing', 'purchasing', 'management'],
                    lower(known_contacts.role)
                ),
                99
            ),
            known_contacts.contact
        ) as preference
    from wanted_accounts
    inner join known_contacts on wanted_accounts.customer = known_contacts.customer
)

select
    unit,
    arg_min((name, email, phone, role, contact), preference) filter (email <> '') as by_email,
    arg_min((name, email, coalesce(nullif(phone, ''), mobile), role, contact), preference) filter (
        phone <> '' or mobile <> ''
    ) as by_phone,
    arg_min((name, email, mobile, role, contact), preference) filter (mobile <> '') as by_mobile
from ranked
group by unit
