-- When was each unit contacted last, and given notice before a due date?
--
-- grain    one row per unit with an action
-- reads    past_actions
-- ties     two leaders with a pre-due notice on one day: either may be called the last one, since
--          `predue_before_on` is then that same day
-- note     a contact is a `done` of any origin; internal actions are none

with
customer_contacts as (
    select
        account_no,
        on_day,
        leader,
        origin = 'scenario' as is_played,
        origin = 'scenario' and step_day < 0 as is_predue
    from past_actions
    where progress = 'done' and not internal
),

contacts_per_leader as (
    select
        account_no,
        leader,
        max(on_day) as last_contact_on,
        max(on_day) filter (is_played) as last_played_on,
        max(on_day) filter (is_predue) as predue_on
    from customer_contacts
    group by account_no, leader
),

contacts_per_account as (
    select
        account_no,
        max(last_contact_on) as last_contact_on,
        max(last_played_on) as last_played_on,
        max(predue_on) as predue_on,
        arg_max(leader, (predue_on, leader)) filter (predue_on is not null) as predue_leader
    from contacts_per_leader
    group by account_no
)

select
    last_contacts.account_no,
    last_contacts.last_contact_on,
    last_contacts.last_played_on,
    last_contacts.predue_leader,
    last_contacts.predue_on,
    max(others.predue_on) as predue_before_on
from contacts_per_account as last_contacts
left join contacts_per_leader as others
    on
        last_contacts.account_no = others.account_no
        and last_contacts.predue_leader <> others.leader
group by all
