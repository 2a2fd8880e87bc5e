-- Which items may lead the units that have a choice, and whose steps have to be asked?
--
-- grain    one row per item
-- reads    undecided_units, accounts, front_items, items, decision_settings

with
asked_accounts as (
    select
        accounts.*,
        front_items.item,
        front_items.has_credits,
        front_items.may_lead,
        front_items.leading_order,
        front_items.due_date,
        front_items.issue_date,
        front_items.stop_no,
        front_items.restarts,
        front_items.progress,
        front_items.last_on,
        accounts.last_day >= 0 and not decision_settings.by_customer as is_known
    from undecided_units
    inner join accounts on undecided_units.account_no = accounts.account_no
    inner join front_items on undecided_units.account_no = front_items.account_no
    inner join decision_settings on accounts.world = decision_settings.world
),

asked_items as (
    select
        asked_accounts.account_no,
        asked_accounts.calendar,
        asked_accounts.leading_order,
        asked_accounts.item,
        nullif(asked_accounts.issue_date, date '9999-12-31') as issue_date,
        asked_accounts.due_date,
        asked_accounts.may_lead,
        asked_accounts.stop_no,
        asked_accounts.restarts,
        asked_accounts.progress,
        asked_accounts.last_on
    from asked_accounts
    where asked_accounts.is_known
    union all
    select
        items.account_no,
        items.calendar,
        items.leading_order,
        items.item,
        items.issue_date,
        items.due_date,
        items.may_lead,
        cast(items.run_facts >> 59 as tinyint) as stop_no,
        items.restarts,
        items.progress,
        items.last_on
    from asked_accounts
    inner join items on asked_accounts.account_no = items.account_no
    where
        not asked_accounts.is_known
        and items.is_candidate
        and (
            asked_accounts.last_day < 0
            or asked_accounts.leading_order = items.leading_order
        )
)

select
    asked_items.account_no,
    asked_items.calendar,
    asked_items.leading_order,
    asked_items.item,
    asked_items.issue_date,
    asked_items.due_date,
    asked_items.may_lead,
    asked_items.stop_no,
    asked_items.restarts,
    asked_items.progress,
    asked_items.last_on,
    asked_accounts.world,
    asked_accounts.customer,
    asked_accounts.entity,
    asked_accounts.scenario_no,
    asked_accounts.country,
    asked_accounts.pays_by_itself,
    asked_accounts.last_contact_on,
    asked_accounts.last_played_on,
    asked_accounts.has_credits,
    case
        when asked_accounts.predue_leader <> asked_items.item then asked_accounts.predue_on
        else asked_accounts.predue_before_on
    end as notice_given_on
from asked_items
inner join asked_accounts on asked_items.account_no = asked_accounts.account_no
