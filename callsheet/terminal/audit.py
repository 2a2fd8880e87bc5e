"""`callsheet audit`: an auditor's questions, each one command."""

import json
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from callsheet.errors import UsageInvalid
from callsheet.proof.audit import Audit, audit
from callsheet.proof.not_sent import NotSent, code_of, not_sent
from callsheet.reading.reasons import sentence
from callsheet.settings_file import load_settings
from callsheet.store.warehouse import Warehouse
from callsheet.terminal.options import AsJson, SettingsFile, print_json, screen

app = typer.Typer()
questions = typer.Typer(help="Answer an auditor.", no_args_is_help=True)
app.add_typer(questions, name="audit")

_QUIET = frozenset({"none/nothing_open", "wait/not_yet", "wait/closed_day"})  # counted, not listed

ActionName = Annotated[str, typer.Argument(metavar="ACTION", help="An id, or its beginning.")]
Day = Annotated[
    date, typer.Option("--on", parser=date.fromisoformat, metavar="DAY", help="As 2026-03-02.")
]
BytesFile = Annotated[
    Path | None, typer.Option("--bytes", metavar="FILE", help="Write the very bytes sent there.")
]


@questions.command("show")
def show_action(
    action: ActionName,
    bytes_to: BytesFile = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Show who was reminded of what and when, why, what was sent, whose yes, and what proves it."""
    loaded = load_settings(settings)
    with Warehouse.of(loaded).reading() as tx:
        found = audit(tx, loaded, action)
    if bytes_to is not None:
        if found.sent is None:
            raise UsageInvalid(f"{action}: no bytes of it left this system")
        bytes_to.write_bytes(found.sent.wire)
    if as_json:
        print_json(found.as_text())
        return
    console = screen()
    facts = Table.grid(padding=(0, 2))
    for name, text in _facts(found):
        facts.add_row(name, escape(text))
    console.print(facts)
    console.print()
    console.print(_history(found))
    if found.message is not None:
        console.print(f"\nSubject: {found.message.subject}\n", markup=False)
        console.print(found.message.text, markup=False, soft_wrap=True)


@questions.command("not-sent")
def show_not_sent(on: Day, settings: SettingsFile = None, as_json: AsJson = False) -> None:
    """Show what was not sent on a day and why: what stopped, what waits, who is left alone."""
    loaded = load_settings(settings)
    with Warehouse.of(loaded).reading() as tx:
        found = not_sent(tx, loaded, on)
    if as_json:
        print_json(found.as_text())
        return
    console = screen()
    console.print(f"{len(found.actions)} actions had not gone at the end of {on:%A %d %B %Y}")
    console.print(_actions(found))
    console.print(f"\n{len(found.accounts)} accounts had nothing to be sent")
    for code, count in found.counts().items():
        outcome, _, reason = code.partition("/")
        console.print(f"{count:>7}  {code}: {sentence(reason or outcome, 'decision')}")
    console.print(_accounts(found))


def _facts(found: Audit) -> list[tuple[str, str]]:
    one, sent, yes = found.action, found.sent, found.confirmation
    to = f" to {found.message.to_name}, {found.message.to_address}" if found.message else ""
    late = "" if found.days_late is None else f", {found.days_late} days late"
    offset = "" if one.step_day is None else f" (day {one.step_day:+d})"
    facts = [
        ("action", one.action_id),
        ("who", f"{one.customer} of {one.entity}{to.replace(chr(10), ', ')}"),
        ("what", f"{one.step_title or one.channel} by {one.channel}, {_claimed(one.claim)}"),
        ("when", f"planned {one.planned_on}, for {one.act_on}, played {found.played_on or 'not'}"),
        ("why", f"scenario {one.scenario or 'none'}, step {one.step or 'none'}{offset}"),
        ("", f"scenario version {one.scenario_version or 'none'}"),
        ("", f"leader {one.leader or 'none'}, due {one.leader_due}{late}"),
        ("", f"assigned by {found.assigned_by or 'not known'}"),
        ("", f"saw snapshots {one.snapshots}"),
        ("confirmed", f"by {yes.author} at {yes.happened_at}" if yes else "by nobody"),
    ]
    if yes and "list" in yes.detail:
        facts.append(("", f"list {yes.detail['list']}"))
    facts += [
        ("proof", f"{p.state} on {p.on_day} at {p.happened_at}: {dict(p.detail)}")
        for p in found.proofs
    ] or [("proof", "none that it went")]
    if sent:
        verdict = "the bytes recorded" if sent.agrees else "NOT the bytes recorded"
        facts.append(("bytes", f"{len(sent.wire)}, keyed hash {sent.recorded}: rebuilt, {verdict}"))
    elif found.content_hash:
        kept = "kept" if found.message else "NOT KEPT: erased, or lost"
        facts.append(("content", f"keyed hash {found.content_hash}, {kept}"))
    facts += [
        ("text", f"written by {text.author} at {text.happened_at}, SHA-256 {text.content_hash}")
        for text in found.texts[1:]
    ]
    last = found.events[-1].ledger_seq if found.events else 0
    covered = "all of it is anchored" if last <= found.anchored_through else "not all anchored yet"
    facts.append(("ledger", f"events up to {last}; {covered} (see `callsheet verify`)"))
    return facts


def _claimed(claim: str) -> str:
    sums = [f"{one['amount']} {one['currency']}" for one in json.loads(claim)]
    items = [item for one in json.loads(claim) for item in one["items"]]
    if not sums:
        return "claims nothing"
    return f"claims {' and '.join(sums)} for {', '.join(items) or 'no item'}"


def _history(found: Audit) -> Table:
    table = Table("event", "on", "at", "by", "state", "why", box=None, pad_edge=False)
    for one in found.events:
        moment = f"{one.happened_at:%Y-%m-%d %H:%M:%S}"
        cells = (str(one.ledger_seq), str(one.on_day), moment, one.author, one.state or one.kind)
        table.add_row(*map(escape, (*cells, one.why)))
    return table


def _actions(found: NotSent) -> Table:
    table = Table("action", "customer", "entity", "step", "state", "why", box=None, pad_edge=False)
    for one in found.actions:
        cells = (one.action_id[:8], one.customer, one.entity, one.step_title or one.channel)
        table.add_row(*map(escape, (*cells, one.state, one.why)))
    return table


def _accounts(found: NotSent) -> Table:
    table = Table("customer", "entity", "decision", "leader", "due", box=None, pad_edge=False)
    for one in found.accounts:
        if (code := code_of(one)) not in _QUIET:
            cells = (one.customer, one.entity, code, one.leader, str(one.leader_due or ""))
            table.add_row(*map(escape, cells))
    return table
