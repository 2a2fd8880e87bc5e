-- Which items have to be looked at to find each unit's leader?
--
-- grain    one row per item
-- reads    items, fronts, accounts
-- note     the oldest that may lead has a step left if its scenario has one after the due date
--          (`stands_alone`); else every item has to be asked. Where none may lead, the oldest
--          candidate says why

with
oldest_candidates as (
    select
        fronts.account_no,
        min(items.leading_order) as leading_order
    from fronts
    inner join items on fronts.account_no = items.account_no
    where fronts.leading_order is null and items.is_candidate
    group by fronts.account_no
),

looked_for as (
    select
        fronts.account_no,
        coalesce(fronts.leading_order, oldest_candidates.leading_order) as leading_order,
        fronts.leading_order is not null as stands_alone,
        fronts.has_credits
    from fronts
    left join oldest_candidates on fronts.account_no = oldest_candidates.account_no
),

found as (
    select
        items.world,
        items.account_no,
        items.leading_order,
        items.item,
        items.calendar,
        items.issue_date,
        items.due_date,
        items.may_lead,
        items.stopped_by,
        items.restarts,
        items.progress,
        items.last_on,
        looked_for.has_credits,
        looked_for.stands_alone
    from looked_for
    inner join items
        on
            looked_for.account_no = items.account_no
            and looked_for.leading_order = items.leading_order
    union all
    select
        items.world,
        items.account_no,
        items.leading_order,
        items.item,
        items.calendar,
        items.issue_date,
        items.due_date,
        items.may_lead,
        items.stopped_by,
        items.restarts,
        items.progress,
        items.last_on,
        fronts.has_credits,
        false as stands_alone
    from accounts
    inner join fronts on accounts.account_no = fronts.account_no
    inner join items on accounts.account_no = items.account_no
    where accounts.last_day < 0 and items.is_candidate
)

select
    found.world,
    found.account_no,
    found.leading_order,
    found.item,
    found.calendar,
    found.issue_date,
    found.due_date,
    found.may_lead,
    found.stopped_by,
    found.restarts,
    found.progress,
    found.last_on,
    found.has_credits,
    found.stands_alone,
    accounts.scenario_no,
    accounts.first_day,
    accounts.last_day,
    accounts.pays_by_itself
from found
inner join accounts on found.account_no = accounts.account_no
where
    accounts.last_day is not null
    and (accounts.last_day >= 0 or not found.stands_alone)
