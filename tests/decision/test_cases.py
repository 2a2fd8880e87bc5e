"""The decision cases: those handed over with the rules, and our own."""

import json
from pathlib import Path
from typing import Any

import pytest
from reference.case_files import own_cases
from reference.decide import decide

Row = dict[str, Any]
HERE = Path(__file__).parent
# The cases stand beside the repository, wherever that is; a lone clone has its own only.
GIVEN = [
    folder / "shared" / "cases" / "decision_cases.json"
    for folder in Path(__file__).resolve().parents
    if (folder / "shared" / "cases" / "decision_cases.json").is_file()
]
OWN = own_cases(HERE / "cases")


def given_cases() -> list[Row]:
    if not GIVEN:
        pytest.skip("the cases given with the rules do not stand beside this clone")
    cases: list[Row] = json.loads(GIVEN[0].read_text())["cases"]
    return cases


def wrong(cases: list[Row], answers: list[list[Row]]) -> dict[str, Row]:
    return {
        f"{case['id']} {case['title']}": {"expected": case["expect"], "decided": answer}
        for case, answer in zip(cases, answers, strict=True)
        if answer != case["expect"]
    }


def test_the_rules_decide_every_given_case_as_written():
    cases = given_cases()

    assert wrong(cases, [decide(case["world"]) for case in cases]) == {}


def test_the_sql_decides_every_given_case_as_written(decide_worlds):
    cases = given_cases()

    assert wrong(cases, decide_worlds([case["world"] for case in cases])) == {}


@pytest.mark.parametrize("case", OWN, ids=lambda case: case["id"])
def test_the_rules_decide_our_own_case_as_written(case):
    assert decide(case["world"]) == case["expect"]


def test_the_sql_decides_our_own_cases_as_written(decide_worlds):
    assert wrong(OWN, decide_worlds([case["world"] for case in OWN])) == {}
