-- Whose claim has to be tested?
--
-- grain    one row per unit
-- reads    balances, accounts, early_leaders, decision_settings, currency_minimums, scenario_steps,
--          step_minimums
-- note     a claim is large enough without a test if it reaches every minimum there is, in each of
--          its currencies; unless its leader is yet to be due, or a step has a minimum of its own

with
minimums as (
    select min_claim
    from decision_settings
    union all
    select min_claim
    from currency_minimums
),

highest_minimum as (
    select max(minimums.min_claim) as min_claim
    from minimums
)

select balances.account_no
from balances
inner join highest_minimum
    on balances.claim <= 0 or balances.claim < highest_minimum.min_claim
union
select early_leaders.account_no
from early_leaders
union
select accounts.account_no
from accounts
inner join scenario_steps on accounts.scenario_no = scenario_steps.scenario_no
inner join step_minimums on scenario_steps.step_no = step_minimums.step_no
