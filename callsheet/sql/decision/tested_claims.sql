-- Does the claim of each unit reach the minimum of the settings, and that of its next step?
--
-- grain    one row per unit that has a claim in some currency
-- reads    claims, leaders, accounts, decision_settings, currency_minimums, step_minimums
-- note     a currency that a minimum does not name has none; currencies are never added

select
    claims.account_no,
    bool_or(claims.claim >= coalesce(currency_minimums.min_claim, decision_settings.min_claim))
        as reaches_minimum,
    bool_or(claims.claim >= coalesce(of_currency.minimum, of_any.minimum, 0))
        as reaches_step_minimum
from claims
inner join accounts on claims.account_no = accounts.account_no
inner join decision_settings on accounts.world = decision_settings.world
inner join leaders on claims.account_no = leaders.account_no
left join currency_minimums
    on
        accounts.world = currency_minimums.world
        and claims.currency = currency_minimums.currency
left join step_minimums as of_currency
    on
        leaders.step_no = of_currency.step_no
        and claims.currency = of_currency.currency
left join step_minimums as of_any
    on leaders.step_no = of_any.step_no and of_any.currency = ''
where claims.claim > 0
group by claims.account_no
