-- Does the claim of each unit reach the minimum of the settings, and that of its next step?
--
-- grain    one row per unit that has a claim in some currency
-- reads    balances, leaders, items, decision_settings, currency_minimums, step_minimums
-- note     claimed is what is overdue, and what is due up to the leader's due date if that is still
--          to come, less all credits. A currency that a minimum does not name has none; currencies
--          are never added

with
still_to_come as (
    select
        items.account_no,
        items.currency,
        sum(items.collectable) as claim
    from leaders
    inner join decision_settings on leaders.world = decision_settings.world
    inner join items on leaders.account_no = items.account_no
    where
        leaders.due_date >= decision_settings.as_of
        and items.may_claim
        and items.due_date between decision_settings.as_of and leaders.due_date
    group by items.account_no, items.currency
),

claims as (
    select
        balances.account_no,
        balances.currency,
        leaders.world,
        leaders.step_no,
        coalesce(balances.claim, 0) + coalesce(still_to_come.claim, 0) as claim
    from balances
    inner join leaders on balances.account_no = leaders.account_no
    left join still_to_come
        on
            balances.account_no = still_to_come.account_no
            and balances.currency = still_to_come.currency
)

select
    claims.account_no,
    bool_or(claims.claim >= coalesce(currency_minimums.min_claim, decision_settings.min_claim))
        as reaches_minimum,
    bool_or(claims.claim >= coalesce(of_currency.minimum, of_any.minimum, 0))
        as reaches_step_minimum
from claims
inner join decision_settings on claims.world = decision_settings.world
left join currency_minimums
    on claims.world = currency_minimums.world and claims.currency = currency_minimums.currency
left join step_minimums as of_currency
    on claims.step_no = of_currency.step_no and claims.currency = of_currency.currency
left join step_minimums as of_any
    on claims.step_no = of_any.step_no and of_any.currency = ''
where claims.claim > 0
group by claims.account_no
