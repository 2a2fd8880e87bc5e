"""Conditions of assignment rules: a short list is allowed, everything else is refused."""

import json
from pathlib import Path

import duckdb
import pytest

from callsheet.errors import ConfigurationInvalid
from callsheet.scenarios.assignment import load_rules
from callsheet.scenarios.predicate import CUSTOMER_COLUMNS, PredicateRefused, check
from callsheet.scenarios.scenario import load_scenarios

SCENARIOS = Path(__file__).parents[2] / "scenarios"


@pytest.mark.parametrize(
    "text",
    [
        "true",
        "nature = 'public'",
        "country in ('FR', 'SA') and (size = 'L' or payer_profile = 'bad')",
        "not payment_method = 'dd'",
        "lower(collector) like 'sncf%'",
        "starts_with(customer, 'C') and length(customer) > 3",
        "coalesce(risk_class, 'low') <> 'high' and collector is not null",
        "custom.segment = 'gold'",
        "try_cast(custom.turnover as decimal(18, 2)) > 100000",
        "case when country = 'FR' then size = 'L' else false end",
        "customer between 'A' and 'M'",
        "collector = 'O''Brien; drop table event --'",
    ],
)
def test_a_condition_on_the_customer_is_allowed_and_is_its_own_canonical_form(text: str):
    safe = check(text)

    with duckdb.connect(":memory:") as con:
        row = ", ".join(f"'x' as {column}" for column in CUSTOMER_COLUMNS)
        con.execute(f"select {safe} from (select {row}, null as custom)").fetchall()


HOSTILE = {
    "reads files (B098)": "exists(select 1 from read_csv('/etc/passwd'))",
    "reads files as a table (B098)": "customer in (from '/etc/passwd')",
    "reads text (B098)": "(select content from read_text('/etc/passwd')) <> ''",
    "reads another table (B100)": "customer in (select 1 from app_secret)",
    "scalar subquery (B100)": "(select true)",
    "any (B100)": "customer = any (select name from customers)",
    "union (B100)": "true union select secret from app_secret",
    "query() (B100)": "customer in (select * from query('select 1'))",
    "another table's column (B100)": "app_secret.name = 'x'",
    "burns memory (B101)": "length(repeat('x',2000000000))>0",
    "burns time (B101)": "list_sum(range(1000000000000)) > 0",
    "burns time by a pattern (B101)": "regexp_matches(customer, '(a+)+$')",
    "pads (B101)": "length(lpad('x', 2000000000, 'x')) > 0",
    "concatenates (B101)": "customer || customer || customer = 'x'",
    "multiplies (B101)": "9999999999 * 9999999999 > 1",
    "lambda": "len(list_transform([1], x -> x)) > 0",
    "random": "random() > 0.5",
    "the clock": "current_date > '2026-01-01'",
    "the environment": "getenv('HOME') = 'x'",
    "a setting": "current_setting('threads') = '1'",
    "a parameter": "customer = $1",
    "all columns": "columns('.*') = 'x'",
    "two statements": "true; drop table event",
    "a comment": "true -- and false",
    "a block comment": "true /* x */",
    "a clause": "true from customers",
    "an order": "true order by 1",
    "an alias": "true as x",
    "two conditions": "true, true",
    "nothing": "",
    "an unknown column": "iban = 'x'",
    "a cast that could stop the run": "customer::int = 3",
    "a number against a word": "customer = 5",
    "a number hidden behind an or": "true or customer > 5",
    "a value, not a condition": "customer",
    "a number": "1",
    "a custom field with another name": "custom.\"x') or ('1\" = '1'",
    "a control character": "customer = 'a\u2028b'",
    "a sealed column": "name = 'Martin'",
    "too long": "customer = '" + "x" * 3000 + "'",
    "too many parts": " or ".join(["nature = 'x'"] * 150),
    "too deep": "(" * 300 + "true" + ")" * 300,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_anything_else_is_refused_before_duckdb_sees_it(text: str):
    with pytest.raises(PredicateRefused) as refused:
        check(text)

    assert refused.value.do
    assert "found" in str(refused.value)


def test_the_second_wall_stands_by_itself():
    """What the list refuses, a locked DuckDB refuses as well, as far as it can."""
    with duckdb.connect(":memory:") as con:
        con.execute("set enable_external_access = false")
        con.execute("set lock_configuration = true")
        for hostile in (
            "select exists(select 1 from read_csv('/etc/passwd'))",
            "select content from read_text('/etc/passwd')",
            "copy (select 1) to '/tmp/out.csv'",
            "attach '/tmp/x.duckdb'",
            "set enable_external_access = true",
            "install httpfs",
        ):
            with pytest.raises(duckdb.Error):
                con.execute(hostile).fetchall()


def test_unknown_is_not_true_and_broken_custom_fields_hold_up_nobody():
    safe = check("custom.segment = 'gold'")
    rows = [json.dumps({"segment": "gold"}), json.dumps({}), "{broken", "", None]

    with duckdb.connect(":memory:") as con:
        con.execute("create table customers (custom varchar)")
        con.executemany("insert into customers values (?)", [[row] for row in rows])
        found = con.execute(f"select custom from customers where {safe}").fetchall()

    assert found == [(rows[0],)]


def _rules(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "assignment.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_first_rule_that_is_true_decides_and_order_is_that_of_the_file(tmp_path: Path):
    path = _rules(
        tmp_path,
        "rules:\n"
        "  - {when: \"nature = 'public'\", scenario: public-fr}\n"
        "  - {when: true, scenario: standard-fr}\n",
    )

    rules = load_rules(path, load_scenarios(SCENARIOS))

    assert [(rule.order, rule.when, rule.scenario) for rule in rules] == [
        (1, "nature = 'public'", "public-fr"),
        (2, "TRUE", "standard-fr"),
    ]


def test_no_file_of_rules_is_no_rule(tmp_path: Path):
    assert load_rules(tmp_path) == ()


def test_every_error_of_the_rules_is_told_at_once(tmp_path: Path):
    path = _rules(
        tmp_path,
        "rules:\n"
        "  - {when: \"nature = 'public' and exists(select 1)\", scenario: public-fr}\n"
        "  - {when: true, scenario: specific-actions-fr}\n"
        "  - {when: true, scenario: nowhere, order: 3}\n"
        "  - {scenario: public-fr}\n",
    )

    with pytest.raises(ConfigurationInvalid) as refused:
        load_rules(path, load_scenarios(SCENARIOS))

    told = str(refused.value)
    assert "rule 1, line 2: not on the list of what a rule may use" in told
    assert "rule 2, line 3: a library is assigned to nobody" in told
    assert "rule 3, line 4: unknown scenario" in told
    assert "rule 3, line 4: unknown key" in told
    assert "rule 4, line 5: when is missing" in told
