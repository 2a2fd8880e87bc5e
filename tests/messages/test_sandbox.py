"""Hostile templates: refused when they are checked, and stopped by a second wall if they ran."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jinja2.exceptions import SecurityError, UndefinedError

from callsheet.errors import ConfigurationInvalid, MessageNotRenderable
from callsheet.messages.message import render
from callsheet.messages.rendering import Templates
from callsheet.messages.sandbox import environment_of
from callsheet.messages.statement_model import Statement
from callsheet.scenarios.scenario import Scenario
from callsheet.scenarios.step import Step

SHIPPED = Path(__file__).parents[2] / "templates"

HOSTILE = {
    "attribute walk (B106)": "{{ ''.__class__.__mro__ }}",
    "attribute by key (B106)": "{{ account['__class__'] }}",
    "attribute by filter (B106)": "{{ account|attr('__class__') }}",
    "subclasses (B106)": "{{ sender.__class__.__base__.__subclasses__() }}",
    "globals of a function (B106)": "{{ lipsum.__globals__ }}",
    "globals by cycler (B106)": "{{ cycler.__init__.__globals__.os }}",
    "power (B107)": "{{ 9**99999999 }}",
    "long text (B107)": "{{ 'x'*300000000 }}",
    "wide format (B107)": "{{ '%0300000000d' % 1 }}",
    "padding (B107)": "{{ 'x'.ljust(300000000) }}",
    "padding filter (B107)": "{{ 'x'|center(300000000) }}",
    "format filter (B107)": "{{ '%0300000000d'|format(1) }}",
    "range (B107)": "{% for a in range(99999999) %}x{% endfor %}",
    "doubling (B107)": "{% set a = 'xxxxxxxxxx' ~ 'xxxxxxxxxx' %}",
    "loops in loops (B107)": "{% for a in sections %}{% for b in sections %}{% for c in sections %}"
    "{% for d in sections %}x{% endfor %}{% endfor %}{% endfor %}{% endfor %}",
    "recursive loop (B107)": "{% for a in sections recursive %}{{ loop(sections) }}{% endfor %}",
    "macro that calls itself (B107)": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "unescaped": "{{ account.name|safe }}",
    "escaping off": "{% autoescape false %}{{ account.name }}{% endautoescape %}",
    "another file": "{% include '../../etc/passwd' %}",
    "any file": "{% include account.name %}",
    "import": "{% import 'shared/account.text.j2' as x %}",
    "a method": "{{ account.name.upper() }}",
    "a method of the statement": "{{ earlier.count(1) }}",
    "adding amounts": "{{ leader.open_amount + 1 }}",
    "converting": "{{ leader.open_amount|float }}",
    "an unknown name": "{{ statement.customer }}",
}


def _folder(tmp_path: Path, body: str) -> Path:
    folder = tmp_path / "templates"
    (folder / "email").mkdir(parents=True)
    (folder / "words").mkdir()
    (folder / "words" / "fr.yaml").write_text("total: Total\n", encoding="utf-8")
    (folder / "shared").symlink_to(SHIPPED / "shared")
    (folder / "email" / "reminder_1.fr.j2").write_text(
        "{# Day +4. #}{% block parts %}{% endblock %}{% block subject %}x{% endblock %}"
        f"{{% block opening %}}{body}{{% endblock %}}{{% block closing %}}{{% endblock %}}",
        encoding="utf-8",
    )
    return folder


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_template_is_refused_when_it_is_checked(tmp_path: Path, body: str):
    with pytest.raises(ConfigurationInvalid) as refused:
        Templates(_folder(tmp_path, body))

    assert "templates/email/reminder_1.fr.j2" in str(refused.value)
    assert "do  " in str(refused.value)


def test_every_fault_of_every_template_is_told_at_once(tmp_path: Path):
    folder = _folder(tmp_path, "{{ 9**9 }} {{ nobody }}")
    (folder / "email" / "other.fr.j2").write_text("{% block subject %}", encoding="utf-8")

    with pytest.raises(ConfigurationInvalid) as refused:
        Templates(folder)

    for word in ("pow", "nobody", "email/other.fr.j2, line 1"):
        assert word in str(refused.value)


@pytest.mark.parametrize(
    "body",
    [
        "{{ ''.__class__ }}",
        "{{ 9**99999999 }}",
        "{{ 'x'*300000000 }}",
        "{{ a + 1 }}",
        "{{ a % 1 }}",
    ],
)
def test_the_sandbox_stops_what_a_check_would_have_missed(body: str):
    template = environment_of(SHIPPED, "fr_FR", html=True).from_string("{{ a }}" + body)

    with pytest.raises(SecurityError):
        template.render(a=1)


def test_nothing_but_the_fields_of_a_statement_can_be_reached(
    scenarios: dict[str, Scenario], demo: Callable[[Step], Statement]
):
    statement = demo(scenarios["standard-fr"].step("email-1"))
    environment = environment_of(SHIPPED, "fr_FR", html=True)

    for name in ("__class__", "__init__", "__slots__", "__dataclass_fields__"):
        with pytest.raises(UndefinedError, match="no attribute"):
            environment.from_string(f"{{{{ leader.{name} }}}}").render(leader=statement.leader)


def test_a_template_that_writes_without_end_is_stopped(
    tmp_path: Path,
    scenarios: dict[str, Scenario],
    demo: Callable[[Step], Statement],
):
    long = "x" * 30_000
    body = (
        "{% for a in sections %}{% for b in sections %}{% for c in sections %}"
        f"{long}{{% endfor %}}{{% endfor %}}{{% endfor %}}"
    )
    step = scenarios["standard-fr"].step("email-1")
    statement = demo(step)
    many = dataclasses.replace(statement, sections=statement.sections * 20)

    with pytest.raises(MessageNotRenderable) as stopped:
        render(step, many, Templates(_folder(tmp_path, body)))

    assert stopped.value.code == "template_limit"


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "</title><svg/onload=1>",
        "&lt;b&gt;",
        "{{ 7*7 }}",
        "{% raw %}",
        "' onmouseover='x",
        '" style="x',
        "Société d'Été & Fils",
    ],
)
def test_customer_data_is_escaped_in_html_and_plain_in_text(
    name: str,
    templates: Templates,
    scenarios: dict[str, Scenario],
    demo: Callable[[Step], Statement],
):
    step = scenarios["standard-fr"].step("sales")
    statement = dataclasses.replace(demo(step), customer_name=name)

    message = render(step, statement, templates)

    for tag in ("<script", "<img", "<svg", "</title><svg"):
        assert tag not in message.html
    assert " onmouseover='" not in message.html
    assert '" style="x' not in message.html
    assert "49" not in message.subject
    assert name.replace("'", "’") in message.text or name in message.text


def test_a_render_never_shows_a_line_of_the_account_before(
    templates: Templates,
    scenarios: dict[str, Scenario],
    demo: Callable[[Step], Statement],
    with_claims: Callable[..., Statement],
):
    for key in ("email-1", "email-3", "notice", "phone-2"):
        step = scenarios["standard-fr"].step(key)
        first = with_claims(demo(step), EUR=["1.00", "2.00"])
        second = with_claims(demo(step), GBP=["3.00"])

        texts = [render(step, statement, templates) for statement in (first, second, first)]

        assert "EUR-0000" in texts[0].text
        assert "EUR-" not in texts[1].text + texts[1].html
        assert texts[0] == texts[2]


def test_a_payload_holds_only_the_items_of_its_statement(
    templates: Templates,
    scenarios: dict[str, Scenario],
    demo: Callable[[Step], Statement],
    with_claims: Callable[..., Statement],
):
    step = scenarios["standard-fr"].step("email-1")
    statements: list[Any] = [
        with_claims(demo(step), **{code: ["1.00"] * 3}) for code in ("EUR", "GBP", "CHF", "USD")
    ]
    everything = {line.number for one in statements for c in one.claimed for line in c.lines}

    for statement in statements:
        message = render(step, statement, templates)
        own = {line.number for claim in statement.claimed for line in claim.lines}
        assert {number for number in everything if number in message.text} == own
        assert {number for number in everything if number in message.html} == own


def test_a_number_wider_than_its_column_still_stands_apart_from_the_next():
    template = environment_of(SHIPPED, "fr_FR", html=False).from_string(
        "{{ a | left(5) }}{{ a | right(5) }}|"
    )

    assert template.render(a="123456789") == "123456789  123456789|"
    assert template.render(a="12") == "12      12|"
