"""`callsheet preview` and `callsheet lint`: look at the words before a customer does."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from callsheet import clock
from callsheet.errors import UsageInvalid
from callsheet.messages.message import Message
from callsheet.messages.preview import (
    day_of,
    demo_preview,
    last_day,
    preview,
    statement_of,
    step_named,
)
from callsheet.messages.rendering import Templates
from callsheet.reading.rule_overlaps import RuleOverlap, rule_overlaps
from callsheet.scenarios.assignment import load_rules
from callsheet.scenarios.scenario import load_scenarios
from callsheet.scenarios.scenario_lint import lint as lint_warnings
from callsheet.scenarios.scenario_texts import refuse_missing_texts
from callsheet.scenarios.step import Step
from callsheet.settings import Settings
from callsheet.settings_file import load_settings
from callsheet.store.warehouse import Warehouse
from callsheet.terminal.options import AsJson, AsOf, EntityName, SettingsFile, print_json

app = typer.Typer()

Accounts = Annotated[
    bool, typer.Option("--accounts", help="Count the accounts that several rules claim, or none.")
]
_NOTHING_YET = "made-up account: no snapshot has been published yet"
_NOBODY = "made-up account: no --customer given"


@dataclass(frozen=True)
class Asked:
    """Whose account is to be shown, of which day, in which language."""

    customer: str | None
    entity: str | None
    as_of: date | None
    language: str | None


@app.command("preview")
def show_preview(  # noqa: PLR0917  # typer reads the options from the parameters
    scenario: Annotated[str, typer.Argument(help="Key of the scenario, as standard-fr.")],
    step: Annotated[str, typer.Argument(help="Key of the step, as email-1.")],
    customer: Annotated[str | None, typer.Option("--customer", help="Of this customer.")] = None,
    entity: EntityName = None,
    as_of: AsOf = None,
    language: Annotated[str | None, typer.Option("--language", help="In this language.")] = None,
    html: Annotated[bool, typer.Option("--html", help="Print the HTML.")] = False,
    text: Annotated[bool, typer.Option("--text", help="Print the text (the default).")] = False,
    pdf: Annotated[Path | None, typer.Option("--pdf", help="Write the letter here.")] = None,
    settings: SettingsFile = None,
) -> None:
    """Show what a step would say. Nothing is sent and nothing is recorded."""
    if html and text:
        raise UsageInvalid("--html and --text: choose one")
    loaded = load_settings(settings)
    played = step_named(loaded, scenario, step)
    asked = Asked(customer, entity, as_of, language)
    message = _message(loaded, played, asked)
    if pdf is not None:
        _write_pdf(message, pdf)
    elif html:
        typer.echo(message.html)
    else:
        _print(message)


def _message(settings: Settings, step: Step, asked: Asked) -> Message:
    """Return the message over the customer's account, or over the made-up one."""
    with Warehouse.of(settings).reading() as tx:
        published = last_day(tx)
        if published is None or asked.customer is None:
            typer.echo(_NOTHING_YET if published is None else _NOBODY, err=True)
            day = asked.as_of or clock.today("UTC")
            return demo_preview(settings, step, day, asked.language)
        day = asked.as_of or published
        statement = statement_of(tx, settings, asked.customer, asked.entity, day)
        due_on = day_of(step, statement)
        if asked.as_of is None and due_on > day:
            typer.echo(f"as of {due_on}, when this step would come", err=True)
            statement = statement_of(tx, settings, asked.customer, asked.entity, due_on)
    return preview(settings, step, statement, asked.language)


def _print(message: Message) -> None:
    typer.echo(f"From:    {message.from_name} <{message.from_address}>")
    to = message.to_address.replace("\n", ", ")
    typer.echo(f"To:      {message.to_name} <{to}>" if to else "To:      nobody: no contact known")
    typer.echo(f"Subject: {message.subject}")
    if message.missing_language:
        typer.echo(f"Note:    no text in {message.missing_language}: {message.language} is used")
    typer.echo(f"\n{message.text}", nl=False)


def _write_pdf(message: Message, place: Path) -> None:
    if not message.attachments:
        raise UsageInvalid("this step has no letter: use --html or --text")
    place.write_bytes(message.attachments[0].content)
    typer.echo(f"{place}: {len(message.attachments[0].content)} bytes")


def _overlaps(settings: Settings) -> list[RuleOverlap]:
    """Return which rules overlap on the last day that was decided; none before the first."""
    with Warehouse.of(settings).reading() as tx:
        [(last,)] = tx.fetch("select max(decided_on) from fold_watermark")
        return rule_overlaps(tx, settings, last) if last else []


@app.command()
def lint(
    accounts: Accounts = False, settings: SettingsFile = None, as_json: AsJson = False
) -> None:
    """Check scenarios, rules and templates. Errors end with 2, warnings with 1."""
    loaded = load_settings(settings)
    scenarios = load_scenarios(loaded.scenarios)
    rules, templates = load_rules(loaded.scenarios, scenarios), Templates.of(loaded.templates)
    refuse_missing_texts(scenarios.values(), templates)
    found = lint_warnings(scenarios, templates)
    overlaps = _overlaps(loaded) if accounts else []
    if as_json:
        print_json([one.__dict__ for one in (*found, *overlaps)])
    else:
        for warning in found:
            typer.echo(f"{warning}\n")
        for overlap in overlaps:
            typer.echo(f"{overlap}\n")
        typer.echo(f"{len(scenarios)} scenarios, {len(rules)} rules, {len(found)} warnings")
    if found:
        raise typer.Exit(1)
