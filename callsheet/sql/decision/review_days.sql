-- When must each unit be decided again, though nothing happens to it?
--
-- grain    one row per unit for which such a day is known
-- reads    trigger_days, accounts, decision_settings

select
    trigger_days.account_no,
    min(trigger_days.day) as next_review_on
from trigger_days
inner join accounts on trigger_days.account_no = accounts.account_no
inner join decision_settings on accounts.world = decision_settings.world
where trigger_days.day > decision_settings.as_of
group by trigger_days.account_no
