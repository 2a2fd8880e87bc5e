-- Where the claim of a unit may be too small: does it reach the minimum?
--
-- grain    one row per unit whose claim in some currency is below a minimum, or whose leader is yet
--          to be due; all others reach it
-- reads    claims, decision_settings, currency_minimums
-- note     a currency that a minimum does not name has none; currencies are never added

select
    claims.account_no,
    not bool_or(claims.claim > 0) as is_covered,
    bool_or(
        claims.claim > 0
        and claims.claim >= coalesce(currency_minimums.min_claim, decision_settings.min_claim)
    ) as reaches_minimum
from claims
inner join decision_settings on claims.world = decision_settings.world
left join currency_minimums
    on claims.world = currency_minimums.world and claims.currency = currency_minimums.currency
group by claims.account_no
