"""Every template, in each language, over kind and unkind accounts: it renders and its sums hold."""

import dataclasses
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from callsheet.messages.letter_tables import tables_of
from callsheet.messages.locale_formats import locale_of
from callsheet.messages.message import Message, render
from callsheet.messages.rendering import Templates
from callsheet.messages.rewritten import body_of, rewritten
from callsheet.messages.statement_model import Claim, Person, Statement
from callsheet.scenarios.scenario import Scenario
from callsheet.scenarios.step import Step
from callsheet.vocabulary import ActionType, Mode

TEMPLATES = Path(__file__).parents[2] / "templates"
FILES = sorted(
    path.relative_to(TEMPLATES)
    for path in TEMPLATES.rglob("*.j2")
    if path.parent.name not in ("shared", "words")
)
HOSTILE = "Martin & Fils <script>alert(1)</script> {{ 7 }} \"x\" 'y' €"
ACCOUNTS: dict[str, dict[str, list[str]]] = {
    "credit": {"EUR": ["1840.50", "12400.00", "-240.50"]},
    "two_currencies": {"EUR": ["100.00"], "GBP": ["7.05", "1234567.89", "-0.05"]},
    "one_line": {"EUR": ["0.01"]},
    "two_hundred_lines": {"EUR": [f"{no}.{no % 100:02}" for no in range(1, 201)]},
    "hostile_name": {"EUR": ["999.99"]},
}


def _step(file: Path) -> Step:
    name, _, _ = file.name.partition(".")
    return Step(
        key="step", title="Step", day=14, action=ActionType(file.parent.name), template=name,
        mode=Mode.MANUAL, delay_days=8,
    )  # fmt: skip


def _language(file: Path) -> str:
    return file.name.split(".")[1]


def _account(step: Step, kind: str, demo: Any, with_claims: Any) -> Statement:
    statement: Statement = with_claims(demo(step), **ACCOUNTS[kind])
    if kind == "hostile_name":
        someone = Person(HOSTILE, "a@martin.example", "+33476000000")
        recipients = dataclasses.replace(statement.recipients, email=someone, phone=someone)
        statement = dataclasses.replace(
            statement, customer_name=HOSTILE, recipients=recipients, customer="=<b>C1"
        )
    return statement


def _amount(shown: str, language: str) -> Decimal:
    """Read an amount as the recipient does."""
    digits = re.sub(r"[^\d,.\-]", "", shown)
    thousands, decimal = (".", ",") if language == "fr" else (",", ".")
    return Decimal(digits.replace(thousands, "").replace(decimal, "."))


def _written_sum(message: Message, claim: Claim, language: str) -> Decimal:
    lines = message.text.splitlines()
    total = Decimal(0)
    for line in claim.lines + claim.credits:
        # the number opens a row of the table and the amount ends it
        [row] = [shown for shown in lines if re.match(rf"{line.number}\s{{2,}}", shown)]
        total += _amount(re.split(r"\s{2,}", row)[-1], language)
    return total


@pytest.mark.parametrize("kind", ACCOUNTS)
@pytest.mark.parametrize("file", FILES, ids=str)
def test_a_template_renders_and_the_amount_written_is_the_sum_of_its_lines(
    file: Path, kind: str, templates: Templates, demo: Any, with_claims: Any
):
    step, language = _step(file), _language(file)
    country = {"fr": "FR", "en": "GB"}[language]
    account = _account(step, kind, demo, with_claims)
    statement = dataclasses.replace(account, country=country)

    message = render(step, statement, templates, language)

    assert message.subject
    assert message.text
    label = templates.words[language]["total"].upper()
    totals = [line for line in message.text.splitlines() if line.startswith(label)]
    if "claim" not in _parts(file):
        assert totals == []
        return
    for claim, shown in zip(statement.claimed, totals, strict=True):
        written = _amount(re.split(r"\s{2,}", shown)[-1], language)
        assert written == _written_sum(message, claim, language) == claim.total
        assert message.html.count(f">{claim.lines[0].number}<") == 1


@pytest.mark.parametrize(
    "file", [one for one in FILES if one.parent.name in {"registered_letter", "email"}], ids=str
)
def test_every_letter_has_a_body_that_a_person_may_write_anew(
    file: Path, templates: Templates, demo: Any, with_claims: Any
):
    step = dataclasses.replace(_step(file), action=ActionType.REGISTERED_LETTER)
    account = _account(step, "hostile_name", demo, with_claims)
    message = render(step, account, templates, _language(file))

    body = body_of(message)
    assert message.text.endswith(f"\n{body}")
    assert body.strip()
    assert message.to_address not in body
    assert rewritten(message, message.subject, body).text == message.text


def _parts(file: Path) -> str:
    source = (TEMPLATES / file).read_text(encoding="utf-8")
    return source.partition("{% block parts %}")[2].partition("{% endblock %}")[0]


@pytest.mark.parametrize("kind", ACCOUNTS)
def test_the_tables_of_a_letter_add_up(
    kind: str, templates: Templates, demo: Any, with_claims: Any
):
    step = _step(Path("registered_letter/formal_notice.fr.j2"))
    statement = _account(step, kind, demo, with_claims)
    locale = locale_of("fr", "FR")

    tables: list[Any] = tables_of(
        statement.sections, frozenset({"claim"}), "C1", templates.words["fr"], locale
    )

    for claim, table in zip(statement.claimed, tables, strict=True):
        written = sum(_amount(row[-1], "fr") for row in table["rows"])
        assert written == _amount(table["totals"][-1][1], "fr") == claim.total


@pytest.mark.parametrize("file", [f for f in FILES if f.parent.name != "sms"], ids=str)
def test_what_a_customer_is_called_is_text_and_never_markup(
    file: Path, templates: Templates, demo: Any, with_claims: Any
):
    step = _step(file)

    message = render(
        step, _account(step, "hostile_name", demo, with_claims), templates, _language(file)
    )

    assert "<script" not in message.html
    assert "<b>" not in message.html
    assert "{{ 7 }}" not in message.html or "&lt;script&gt;" in message.html


def test_every_template_is_written_in_french_and_in_english(templates: Templates):
    by_name: dict[str, set[str]] = {}
    for file in FILES:
        by_name.setdefault(f"{file.parent}/{file.name.partition('.')[0]}", set()).add(
            _language(file)
        )

    assert {name for name, languages in by_name.items() if languages != {"fr", "en"}} == set()


def test_every_step_of_the_shipped_scenarios_has_its_text(
    templates: Templates, scenarios: dict[str, Scenario]
):
    for scenario in scenarios.values():
        for step in scenario.steps:
            assert step.template is not None
            assert templates.languages(step.action, step.template) == ["en", "fr"], step


def test_every_template_begins_by_saying_when_it_is_read_and_what_we_want():
    for file in FILES:
        first = (TEMPLATES / file).read_text(encoding="utf-8").splitlines()[0]
        assert first.startswith("{# "), file
        assert len(first) > 60, file


@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_message_to_a_customer_is_called_a_first_reminder(
    language: str, templates: Templates, demo: Callable[[Step], Statement]
):
    for file in FILES:
        if _language(file) != language or file.parent.name not in ("email", "registered_letter"):
            continue
        message = render(_step(file), demo(_step(file)), templates, language)
        said = f"{message.subject} {message.text}".lower()
        assert "first reminder" not in said
        assert "première relance" not in said
        assert "premier rappel" not in said


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_first_reminder_assumes_an_oversight_only_when_nobody_was_reminded(
    language: str, templates: Templates, demo: Callable[[Step], Statement]
):
    step = _step(Path(f"email/reminder_1.{language}.j2"))
    fresh = dataclasses.replace(demo(step), earlier=())
    assert fresh.leader is not None
    lines = {"claimed_before": True}
    reminded = dataclasses.replace(fresh, leader=dataclasses.replace(fresh.leader, **lines))
    unreminded = dataclasses.replace(
        fresh, leader=dataclasses.replace(fresh.leader, claimed_before=False)
    )
    oversight = {"fr": "simple oubli", "en": "overlooked"}[language]

    assert oversight in render(step, unreminded, templates, language).text
    assert oversight not in render(step, reminded, templates, language).text


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("template", ["email/before_due", "phone/before_due"])
def test_a_pre_due_notice_shows_no_dispute_no_promise_and_no_penalty(
    language: str, template: str, templates: Templates, demo: Callable[[Step], Statement]
):
    step = _step(Path(f"{template}.{language}.j2"))

    message = render(step, demo(step), templates, language)

    for number in ("F-2026-0107", "F-2026-0112"):
        assert number not in message.text
        assert number not in message.html


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_consumer_is_never_told_of_business_charges(
    language: str, templates: Templates, demo: Callable[[Step], Statement]
):
    law = re.compile(r"code de commerce|Commercial Code|Late Payment of Commercial|forfaitaire")
    for name in ("email/reminder_3", "registered_letter/formal_notice"):
        step = _step(Path(f"{name}.{language}.j2"))
        consumer = dataclasses.replace(demo(step), is_business=False)

        assert law.search(render(step, demo(step), templates, language).text)
        assert not law.search(render(step, consumer, templates, language).text)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_formal_notice_lists_the_earlier_reminders_with_their_dates(
    language: str, templates: Templates, demo: Callable[[Step], Statement]
):
    step = dataclasses.replace(
        _step(Path(f"registered_letter/formal_notice.{language}.j2")), day=43
    )

    text = render(step, demo(step), templates, language).text

    days = {"fr": ("8 octobre 2026", "11 octobre 2026"), "en": ("8 October", "11 October")}
    for day in days[language]:
        assert day in text
