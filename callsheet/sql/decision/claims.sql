-- What is claimed of each unit whose claim has to be tested, per currency?
--
-- grain    one row per unit and currency
-- reads    doubtful_claims, balances, early_leaders, accounts, items
-- note     claimed is what is overdue, and what is due up to the leader's due date if that is still
--          to come, less all credits

with
still_to_come as (
    select
        items.account_no,
        items.currency,
        sum(items.collectable) as claim
    from early_leaders
    inner join items on early_leaders.account_no = items.account_no
    where
        items.may_claim
        and items.due_date between early_leaders.as_of and early_leaders.due_date
    group by items.account_no, items.currency
),

doubtful_balances as (
    select balances.*
    from balances
    semi join doubtful_claims on balances.account_no = doubtful_claims.account_no
)

select
    accounts.world,
    accounts.account_no,
    accounts.scenario_no,
    doubtful_balances.currency,
    doubtful_balances.claim + coalesce(still_to_come.claim, 0) as claim
from doubtful_balances
inner join accounts on doubtful_balances.account_no = accounts.account_no
left join still_to_come
    on
        doubtful_balances.account_no = still_to_come.account_no
        and doubtful_balances.currency = still_to_come.currency
