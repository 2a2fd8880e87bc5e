"""Which assignment rules are true for which units: the one place where a rule becomes SQL."""

import duckdb

_MATCHES = """
insert into rule_matches
select units.account_no, scenario_rules.rule_no
from units inner join scenario_rules on units.world = scenario_rules.world
where scenario_rules.condition = $condition"""


def match_rules(con: duckdb.DuckDBPyConnection) -> None:
    """Fill `rule_matches` (account_no, rule_no): the rules that are true; unknown is not true.

    Reads `units` and `scenario_rules`, whose `condition` has passed `predicate.check`.
    """
    con.execute("create or replace temp table rule_matches (account_no bigint, rule_no integer)")
    conditions = con.execute("select distinct condition from scenario_rules order by 1").fetchall()
    for (condition,) in conditions:
        con.execute(f"{_MATCHES} and ({condition})", {"condition": condition})
