-- What is claimed of each unit per currency, and against which minimum?
--
-- grain    one row per unit and currency
-- reads    claims, balances, accounts, decision_settings, currency_minimums

select
    claims.account_no,
    claims.currency,
    claims.claim,
    coalesce(balances.credits, 0) as credits,
    coalesce(currency_minimums.min_claim, decision_settings.min_claim) as min_claim
from claims
inner join accounts on claims.account_no = accounts.account_no
inner join decision_settings on accounts.world = decision_settings.world
inner join balances
    on
        claims.account_no = balances.account_no
        and claims.currency = balances.currency
left join currency_minimums
    on
        accounts.world = currency_minimums.world
        and claims.currency = currency_minimums.currency
order by claims.account_no, claims.currency
