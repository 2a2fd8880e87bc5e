"""`callsheet doubt`: what may have been sent or not, what proves it, and a person's word."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from callsheet.business_day import business_day, business_moment
from callsheet.errors import UsageInvalid
from callsheet.evidence.doubts import Doubt, Verdict, address_of, close, doubt_named, doubts
from callsheet.evidence.gathering import gather
from callsheet.reading.reasons import sentence
from callsheet.settings_file import load_settings
from callsheet.store.warehouse import Warehouse
from callsheet.terminal.actions import ID_CHARACTERS, claim_of
from callsheet.terminal.options import (
    AsJson,
    AsOf,
    EntityName,
    SettingsFile,
    print_json,
    screen,
)
from callsheet.terminal.telling import By, told_by

app = typer.Typer()
questions = typer.Typer(help="See and close doubts: was it sent or not?", no_args_is_help=True)
app.add_typer(questions, name="doubt")

ActionName = Annotated[str, typer.Argument(metavar="ACTION", help="An id, or its beginning.")]
_HOW = {
    "smtp": "search the relay's log, or the mailbox of its notices, for this Message-ID",
    "sendgrid": "look in SendGrid's activity feed for the recipient at that time",
    "outbox": "look whether the file lies in the outbox",
    "": "ask whoever may know: no attempt of it is recorded here",
}


@questions.command("list")
def list_doubts(
    entity: EntityName = None, settings: SettingsFile = None, as_json: AsJson = False
) -> None:
    """List what may have been sent or not; each waits for a proof or a person."""
    loaded = load_settings(settings)
    with Warehouse.of(loaded).reading() as tx:
        found = doubts(tx, entity)
    if as_json:
        print_json([one.as_text() for one in found])
    elif not found:
        typer.echo("Nothing is in doubt.")
    else:
        screen().print(_table(found))
        typer.echo("Close one: callsheet doubt close ID --sent --why …, or --not-sent --why …")
    raise typer.Exit(1 if found else 0)


@questions.command("show")
def show_doubt(action: ActionName, settings: SettingsFile = None, as_json: AsJson = False) -> None:
    """Show what is known of one doubt, and where to look for the truth."""
    loaded = load_settings(settings)
    with Warehouse.of(loaded).reading() as tx:
        doubt = doubt_named(tx, action)
    to = address_of(loaded, doubt)
    if as_json:
        print_json(doubt.as_text() | {"to": to})
        return
    facts = Table.grid(padding=(0, 2))
    for name, text in _facts(doubt, to):
        facts.add_row(name, escape(text))
    screen().print(facts)


@questions.command("close")
def close_doubt(  # noqa: PLR0917  # typer reads the options from the parameters
    action: ActionName,
    why: Annotated[str, typer.Option("--why", help="How you know, for whoever reads it.")],
    sent: Annotated[bool, typer.Option("--sent", help="It went.")] = False,
    not_sent: Annotated[bool, typer.Option("--not-sent", help="It did not: send it.")] = False,
    abandon: Annotated[
        bool, typer.Option("--abandon", help="With --not-sent: and do not send it again.")
    ] = False,
    by: By = "",
    as_of: AsOf = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Close a doubt in your name: it went, it did not and goes again, or it is given up."""
    verdict = _verdict(sent=sent, not_sent=not_sent, abandon=abandon)
    loaded = load_settings(settings)
    told = told_by(loaded, by, as_of)
    with Warehouse.of(loaded).transaction() as tx:
        closed = close(tx, action, verdict, why, told)
    if as_json:
        print_json({"action_id": closed.action_id, "state": closed.state, "by": told.author})
    else:
        typer.echo(closed.sentence)


@questions.command("reconcile")
def reconcile(as_of: AsOf = None, settings: SettingsFile = None, as_json: AsJson = False) -> None:
    """Look for proof: provider events, SendGrid's logs, notices in the mailbox. Nothing is sent."""
    loaded = load_settings(settings)
    day = business_day(loaded, as_of)
    found = gather(Warehouse.of(loaded), loaded, day, business_moment(loaded, day))
    if as_json:
        print_json(found.as_text())
    else:
        typer.echo(found.sentence)
    raise typer.Exit(1 if found.doubts_left or found.problems else 0)


def _verdict(*, sent: bool, not_sent: bool, abandon: bool) -> Verdict:
    if sent == not_sent or (abandon and sent):
        raise UsageInvalid(
            "say what happened: --sent, --not-sent, or --not-sent --abandon\n"
            "  do           --not-sent sends it again, --not-sent --abandon does not"
        )
    if sent:
        return Verdict.SENT
    return Verdict.ABANDON if abandon else Verdict.RESEND


def _table(found: list[Doubt]) -> Table:
    table = Table("id", "entity", "customer", "step", "claim", "sent at (UTC)", "why", box=None)
    for one in found:
        action = one.action
        legal = " (legal)" if action.legal else ""
        table.add_row(
            action.action_id[:ID_CHARACTERS],
            escape(action.entity),
            escape(action.customer),
            escape((action.step_title or action.step) + legal),
            claim_of(action),
            f"{one.sent_at:%Y-%m-%d %H:%M:%S}",
            sentence(action.reason),
        )
    return table


def _facts(doubt: Doubt, to: str) -> list[tuple[str, str]]:
    one = doubt.action
    legal = ", legal: it waits for a person or a proof that it went" if one.legal else ""
    return [
        ("action", one.action_id),
        ("what", f"{one.step_title or one.step} by {one.channel}{legal}"),
        ("who", f"{one.customer} of {one.entity}, to {to or '(its text is not kept any more)'}"),
        ("claims", claim_of(one)),
        ("attempt", f"{one.attempt}, by {doubt.provider or 'nobody knows'}, on {doubt.sent_on}"),
        ("at", f"{doubt.sent_at:%Y-%m-%d %H:%M:%S} UTC"),
        ("Message-ID", doubt.message_id or "not known"),
        ("why", f"{sentence(one.reason)}, since {one.on_day}"),
        ("found", ", ".join(f"{name} {text}" for name, text in doubt.found.items()) or "nothing"),
        ("to know", _HOW.get(doubt.provider, _HOW[""])),
        ("to close", f"callsheet doubt close {one.action_id[:ID_CHARACTERS]} --sent --why …"),
        ("", f"callsheet doubt close {one.action_id[:ID_CHARACTERS]} --not-sent --why …"),
    ]
