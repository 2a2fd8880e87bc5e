-- What is claimed of each unit, per currency?
--
-- grain    one row per unit and currency
-- reads    balances, leaders, items, decision_settings
-- note     what is overdue, and what is due up to the leader's due date if that is still to come,
--          less all credits

with
still_to_come as (
    select
        items.account_no,
        items.currency,
        sum(items.collectable) as amount
    from leaders
    inner join items on leaders.account_no = items.account_no
    inner join decision_settings on items.world = decision_settings.world
    where
        leaders.due_date >= decision_settings.as_of
        and items.may_claim
        and items.due_date between decision_settings.as_of and leaders.due_date
    group by items.account_no, items.currency
)

select
    balances.account_no,
    balances.currency,
    balances.overdue + coalesce(still_to_come.amount, 0) + coalesce(balances.credits, 0) as claim
from balances
left join still_to_come
    on
        balances.account_no = still_to_come.account_no
        and balances.currency = still_to_come.currency
