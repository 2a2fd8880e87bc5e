-- For which steps with a minimum of their own is the claim of a unit too small?
--
-- grain    one row per unit and step
-- reads    claims, scenario_steps, step_minimums
-- note     a currency that the minimum does not name has none, unless it is one for any currency

with
minimum_steps as (
    select distinct
        scenario_steps.scenario_no,
        scenario_steps.step_no
    from scenario_steps
    inner join step_minimums on scenario_steps.step_no = step_minimums.step_no
)

select
    claims.account_no,
    minimum_steps.step_no
from claims
inner join minimum_steps on claims.scenario_no = minimum_steps.scenario_no
left join step_minimums as of_currency
    on
        minimum_steps.step_no = of_currency.step_no
        and claims.currency = of_currency.currency
left join step_minimums as of_any
    on minimum_steps.step_no = of_any.step_no and of_any.currency = ''
group by claims.account_no, minimum_steps.step_no
having
    not bool_or(
        claims.claim > 0 and claims.claim >= coalesce(of_currency.minimum, of_any.minimum, 0)
    )
