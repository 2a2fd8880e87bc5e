-- Which leaders are yet to be due?
--
-- grain    one row per unit
-- reads    chosen_steps, decision_settings

select
    chosen_steps.account_no,
    chosen_steps.due_date,
    decision_settings.as_of
from chosen_steps
inner join decision_settings on chosen_steps.world = decision_settings.world
where chosen_steps.due_date >= decision_settings.as_of
