-- Which items have to be looked at to find each unit's leader?
--
-- grain    one row per item
-- reads    items, fronts, accounts
-- note     the oldest that may lead has a step left if its scenario has one after the due date;
--          else every item has to be asked. Where none may lead, the oldest candidate says why

select
    items.world,
    items.item,
    items.account_no,
    items.leading_order,
    items.calendar,
    items.issue_date,
    items.due_date,
    items.may_lead,
    items.stopped_by,
    items.restarts,
    items.progress,
    items.last_on,
    accounts.scenario,
    accounts.scenario_no,
    accounts.first_day,
    accounts.last_day,
    accounts.pays_by_itself
from fronts
inner join accounts on fronts.account_no = accounts.account_no
inner join items
    on
        fronts.account_no = items.account_no
        and coalesce(fronts.leading_order, fronts.oldest_order) = items.leading_order
where accounts.scenario_no is not null and coalesce(accounts.last_day, 0) >= 0
union all
select
    items.world,
    items.item,
    items.account_no,
    items.leading_order,
    items.calendar,
    items.issue_date,
    items.due_date,
    items.may_lead,
    items.stopped_by,
    items.restarts,
    items.progress,
    items.last_on,
    accounts.scenario,
    accounts.scenario_no,
    accounts.first_day,
    accounts.last_day,
    accounts.pays_by_itself
from accounts
inner join items on accounts.account_no = items.account_no
where accounts.last_day < 0 and items.is_candidate
