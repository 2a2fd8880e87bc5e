-- Of how many accounts are two assignment rules true that name different scenarios?
--
-- grain    one row per rule that counts and rule behind it; rule 0 is none: no scenario at all
-- reads    accounts, rule_matches, scenario_rules
-- note     a rule that is true of everybody is what is left over: it overlaps with nothing

with
first_rules as (
    select
        account_no,
        min(rule_no) as rule_no
    from rule_matches
    group by account_no
),

pairs as (
    select
        deciding_rules.rule_order as counts,
        other_rules.rule_order as also_true
    from first_rules
    inner join scenario_rules as deciding_rules on first_rules.rule_no = deciding_rules.rule_no
    inner join rule_matches on first_rules.account_no = rule_matches.account_no
    inner join scenario_rules as other_rules on rule_matches.rule_no = other_rules.rule_no
    where
        first_rules.rule_no < rule_matches.rule_no
        and deciding_rules.scenario <> other_rules.scenario
        and upper(other_rules.condition) <> 'TRUE'
    union all
    select
        0 as counts,
        0 as also_true
    from accounts
    where scenario is null
)

select
    counts,
    also_true,
    count(*) as accounts
from pairs
group by counts, also_true
order by counts, also_true
