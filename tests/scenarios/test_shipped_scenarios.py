"""The eight scenarios that ship: the product's titles, days and language tags, word for word."""

import re
from pathlib import Path

import pytest

from callsheet.scenarios.assignment import load_rules
from callsheet.scenarios.scenario import load_scenarios
from callsheet.vocabulary import ActionType, Mode

SCENARIOS = Path(__file__).parents[2] / "scenarios"

# title, day · ^fr tagged French, [i] internal, [L] legal
# fmt: off
# ruff: noqa: E501  # the facts stand as they are written in the specification, a line each
FACTS = {
    ("standard-fr", "Scénario de relance standard"): "Pré-relance par email -10 ^fr · Relance par email n°1 +4 ^fr · Relance téléphonique n°1 +7 · Relance par email n°2 +14 ^fr · Demande de relance du commercial +21 ^fr [i] · Relance téléphonique n°2 +28 · Activer les pénalités + Relance par e-mail n°3 +33 ^fr [L] · Courrier de mise en demeure +43 ^fr [L] · Contentieux +50 [L]",
    ("public-fr", "Clients publics (FR)"): "Pré-relance par téléphone -12 · Relance téléphonique n°1 +3 · Relance par e-mail n°1 +8 ^fr · Relance par e-mail n°2 +18 ^fr · Relance téléphonique n°2 +25 · Demande de relance du commercial +32 ^fr [i] · Relance téléphonique n°3 +42 · Courrier avec accusé réception +60 ^fr [L]",
    ("risky-fr", "Clients risqués (FR)"): "Pré-relance par e-mail -8 ^fr · Relance téléphonique n°1 +3 · Relance par e-mail n°1 +7 ^fr · Relance par SMS +13 ^fr · Courrier avec accusé réception +15 ^fr [L] · Demande de relance du commercial +20 ^fr [i] · Courrier de mise en demeure +25 ^fr [L] · Contentieux +35 [L]",
    ("key-accounts-en", "Key accounts scenario (EN)"): "Telephone reminder before due date -10 · Reminder by e-mail No. 1 +5 · Telephone reminder No. 1 +12 · Reminder by e-mail No. 2 +20 · Telephone reminder No. 2 +28 · Request to the Sales Manager to intervene +38 [i] · Telephone reminder No. 3 +45 · Reminder by post mail with acknowledge of receipt +60 [L]",
    ("specific-actions-fr", "Modèles actions spécifiques"): "Suivi de promesse de règlement +1 ^fr · Relance par e-mail n°1 +2 ^fr · Suivi de litige +3 ^fr [i] · Relevé de compte +4 ^fr · Suivi de promesse de règlement par tel +6",
    ("risky-en", "Risky clients (EN)"): "Reminder by e-mail before due date -8 · Telephone reminder No. 1 +3 · Reminder by e-mail #1 +7 · Telephone reminder No. 2 +14 · Request to the Sales Manager to intervene +18 [i] · Reminder by post mail with acknowledge of receipt +19 [L] · Formal notice +27 [L] · Litigation +37 [L]",
    ("standard-en", "Standard Collection Scenario"): "Reminder by email before due date -10 · Reminder by email #1 +4 · Telephone reminder #1 +7 · Reminder by email #2 +14 · Request for intervention to the Sales Manager +21 [i] · Telephone reminder #2 +28 · Reminder by email #3 + Apply late penalties +33 [L] · Letter of formal notice +43 [L] · Litigation +50 [L]",
    ("specific-actions-en", "Templates specific actions"): "Reminder by e-mail No. 1 +1 · Promise to pay follow up +2 · Dispute follow-up +3 [i]",
}
# fmt: on
_STEP = re.compile(r"(?P<title>.+) (?P<day>[+-]\d+)(?P<fr> \^fr)?(?P<i> \[i\])?(?P<l> \[L\])?")


def _facts(text: str) -> list[tuple[str, int, str | None, bool, bool]]:
    matches = [_STEP.fullmatch(step) for step in text.split(" · ")]
    return [
        (m["title"], int(m["day"]), "fr" if m["fr"] else None, bool(m["i"]), bool(m["l"]))
        for m in matches
        if m
    ]


@pytest.mark.parametrize(("key", "name"), FACTS, ids=lambda value: value)
def test_a_shipped_scenario_has_exactly_its_steps(key: str, name: str):
    scenario = load_scenarios(SCENARIOS)[key]

    steps = [(s.title, s.day, s.language, s.internal, s.legal) for s in scenario.steps]

    assert scenario.name == name
    assert steps == _facts(FACTS[key, name])
    assert len(steps) == FACTS[key, name].count(" · ") + 1


def test_eight_scenarios_ship_and_two_of_them_are_libraries():
    scenarios = load_scenarios(SCENARIOS)

    assert set(scenarios) == {key for key, _ in FACTS}
    assert {key for key, scenario in scenarios.items() if scenario.library} == {
        "specific-actions-fr",
        "specific-actions-en",
    }


def test_no_legal_step_goes_without_a_person():
    steps = [step for scenario in load_scenarios(SCENARIOS).values() for step in scenario.steps]

    for step in steps:
        if step.legal:
            by_hand = step.action is ActionType.LITIGATION
            assert step.mode is (Mode.MANUAL if by_hand else Mode.TO_CONFIRM)


def test_every_assignable_scenario_is_assigned_to_somebody_by_the_rules():
    scenarios = load_scenarios(SCENARIOS)

    rules = load_rules(SCENARIOS, scenarios)

    assert {rule.scenario for rule in rules} == {
        key for key, scenario in scenarios.items() if not scenario.library
    }
    assert [rule.order for rule in rules] == list(range(1, len(rules) + 1))
