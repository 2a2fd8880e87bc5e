-- Which days lie too far from the day the pull is for?
--
-- grain    one row per faulty delivered value
-- reads    days, table_rules, pull_rules

select
    days.table_name,
    days.line,
    days.column_name || ' ' || days.day as found
from days
inner join table_rules on days.table_name = table_rules.table_name
cross join pull_rules
where
    year(days.day) >= 1000
    and (
        days.day < pull_rules.as_of - to_years(table_rules.years_back)
        or days.day > pull_rules.as_of + to_years(table_rules.years_ahead)
    )
