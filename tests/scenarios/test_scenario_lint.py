"""Warnings about scenarios that are legal to write but probably not meant."""

import dataclasses
from pathlib import Path

import pytest

from callsheet.errors import ConfigurationInvalid
from callsheet.messages.rendering import Templates
from callsheet.scenarios.scenario import Scenario, load_scenarios, scenario_of
from callsheet.scenarios.scenario_lint import lint
from callsheet.scenarios.scenario_texts import refuse_missing_texts
from callsheet.scenarios.step import Step
from callsheet.vocabulary import ActionType, Mode

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def templates() -> Templates:
    return Templates.of(ROOT / "templates")


def a_step(key: str, day: int, action: str = "email", **other: object) -> Step:
    template = {"registered_letter": "formal_notice", "litigation": "hand_over"}
    step = Step(
        key=key, title=key, day=day, action=ActionType(action),
        template=template.get(action, "reminder_1"), mode=Mode.TO_CONFIRM,
        legal=action in template,
    )  # fmt: skip
    return dataclasses.replace(step, **other)  # type: ignore[arg-type]  # fields of a step


def a_scenario(*steps: Step) -> dict[str, Scenario]:
    return {"x": scenario_of("x", "X", "en", False, steps)}


def test_a_notice_whose_delay_is_longer_than_the_gap_to_the_next_step_is_told(
    templates: Templates,
):
    notice = a_step("notice", 43, "registered_letter", delay_days=8)

    [warning] = lint(a_scenario(notice, a_step("litigation", 50, "litigation")), templates)

    assert "gives 8 days and about 2 days by post, but litigation (day +50) follows after 7" in (
        warning.what
    )
    assert "move litigation to +53" in warning.do
    later = a_scenario(notice, a_step("litigation", 53, "litigation"))
    assert lint(later, templates) == []


def test_a_word_to_a_colleague_breaks_no_delay_given_to_the_customer(templates: Templates):
    mail = a_step("email-2", 14, delay_days=7)
    sales = a_step(
        "sales", 16, "internal_email", internal=True, template="sales_intervention", delay_days=3
    )

    assert lint(a_scenario(mail, sales, a_step("email-3", 21)), templates) == []


def test_two_messages_a_day_apart_are_told(templates: Templates):
    found = lint(a_scenario(a_step("email-1", 4), a_step("email-2", 5)), templates)

    assert [warning.step for warning in found] == ["email-2 (day +5)"]


def test_a_text_that_is_missing_in_a_language_is_told_with_the_file_to_add(templates: Templates):
    german = a_scenario(a_step("email-1", 4, language="de"))
    unwritten = a_scenario(a_step("email-1", 4, template="not_written"))

    [warning] = lint(german, templates)
    assert warning.do == "add templates/email/reminder_1.de.j2"
    assert len(lint(unwritten, templates)) == 2


def test_a_friendly_phase_over_ninety_days_is_told(templates: Templates):
    found = lint(a_scenario(a_step("e", 4), a_step("n", 120, "registered_letter")), templates)

    assert [warning.what for warning in found] == ["the friendly phase lasts 120 days"]


def test_the_shipped_scenarios_have_three_known_warnings(templates: Templates):
    """Their days are the product's; whoever hands a file over looks at the proof of delivery."""
    found = lint(load_scenarios(ROOT / "scenarios"), templates)

    assert [(warning.scenario, warning.step) for warning in found] == [
        ("risky-fr", "letter (day +15)"),
        ("standard-en", "notice (day +43)"),
        ("standard-fr", "notice (day +43)"),
    ]


def test_a_step_without_its_text_refuses_the_configuration_and_names_every_file(
    templates: Templates,
):
    steps = [
        a_step("unwritten", 4, template="not_written"),
        a_step("german", 8, language="de"),
        a_step("told", 12),
        a_step("call", 16, "phone", template=None),
    ]
    refuse_missing_texts([a_scenario(*steps[2:])["x"]], templates)

    with pytest.raises(ConfigurationInvalid) as problem:
        refuse_missing_texts([a_scenario(*steps)["x"]], templates)

    text = str(problem.value)
    assert "step unwritten (day +4): no text for template not_written" in text
    assert "looked for   templates/email/not_written.en.j2" in text
    assert "looked for   templates/email/reminder_1.de.j2" in text
    assert text.count("no text for template") == 2
