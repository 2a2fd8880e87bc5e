-- Whom do we write to, call and text for each wanted account?
--
-- grain    one row per account that has a contact
-- reads    wanted_accounts, contacts
-- ties     the contact for collection, then by role, then the smallest contact id

with
ranked as (
    select
        wanted_accounts.unit,
        contacts.contact,
        coalesce(contacts.name, '') as name,
        coalesce(contacts.role, '') as role,
        coalesce(contacts.email, '') as email,
        coalesce(contacts.phone, '') as phone,
        coalesce(contacts.mobile, '') as mobile,
        (
            not coalesce(contacts.is_collection, false),
            coalesce(
                list_position(
                    ['accounting', 'finance', 'billing', 'purchasing', 'management'],
                    lower(contacts.role)
                ),
                99
            ),
            contacts.contact
        ) as preference
    from wanted_accounts
    inner join contacts on wanted_accounts.customer = contacts.customer
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
