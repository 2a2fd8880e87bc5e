-- Which units have a choice of leader or of step, or a leader that is yet to be due?
--
-- grain    one row per unit
-- reads    accounts, front_items, decision_settings
-- note     an overdue item that stands first leads, and its next step is the first after its
--          progress: such units have no row here. Before its due date there is a choice of steps; a
--          unit of several entities has the calendar of its leader's; and in a scenario without a
--          step after the due date every candidate has to be asked

with
first_day as (
    select min(decision_settings.as_of) as as_of
    from decision_settings
),

early_fronts as (
    select
        front_items.account_no,
        front_items.due_date
    from front_items
    inner join first_day on front_items.due_date >= first_day.as_of
    where front_items.may_lead or front_items.stop_no = 7
)

select accounts.account_no
from accounts
where accounts.last_day < 0
union all
select accounts.account_no
from early_fronts
inner join accounts on early_fronts.account_no = accounts.account_no
inner join decision_settings on accounts.world = decision_settings.world
where
    accounts.last_day >= 0
    and not decision_settings.by_customer
    and early_fronts.due_date >= decision_settings.as_of
union all
select accounts.account_no
from accounts
inner join decision_settings on accounts.world = decision_settings.world
inner join front_items on accounts.account_no = front_items.account_no
where
    decision_settings.by_customer
    and accounts.last_day >= 0
    and (front_items.may_lead or front_items.stop_no = 7)
