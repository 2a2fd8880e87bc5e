"""`callsheet breaker list|show|close` and `callsheet kill-switch on|off`."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from callsheet import clock
from callsheet.errors import Busy, UsageInvalid
from callsheet.reading.open_breakers import Held, held_of, open_breakers
from callsheet.settings import Settings
from callsheet.settings_file import load_settings
from callsheet.store.warehouse import Warehouse
from callsheet.terminal.options import AsJson, SettingsFile, print_json, screen
from callsheet.terminal.telling import By, told_by
from callsheet.valves import kill_switch
from callsheet.valves.breakers import breakers, close, trip
from callsheet.valves.situation import Told
from callsheet.valves.survey import thrown_trip
from callsheet.valves.trip import Valve

app = typer.Typer()
breaker = typer.Typer(help="What holds messages back, and who lets them go.", no_args_is_help=True)
switch = typer.Typer(help="Stop every message at once.", no_args_is_help=True)
app.add_typer(breaker, name="breaker")
app.add_typer(switch, name="kill-switch")

Name = Annotated[str, typer.Argument(metavar="NAME", help="As `breaker list` writes it.")]
Why = Annotated[str, typer.Option("--why", help="The reason, for whoever reads the history.")]
Scope = Annotated[
    str | None, typer.Option("--scope", help="Only of this source, entity or channel.")
]
All = Annotated[bool, typer.Option("--all", help="Closed ones as well.")]


@breaker.command("list")
def list_breakers(
    everything: All = False, settings: SettingsFile = None, as_json: AsJson = False
) -> None:
    """List what holds messages back, since when, and what is to be done."""
    loaded = load_settings(settings)
    with Warehouse.of(loaded).reading() as tx:
        found = open_breakers(tx, loaded, everything=everything)
    if as_json:
        print_json([one.as_text() for one in found])
        return
    if loaded.valves.off:
        typer.echo(f"Switched off in the settings: {', '.join(loaded.valves.off)}")
    if not found:
        typer.echo("No breaker is open.")
        return
    table = Table("breaker", "of", "since", "found", "to do", box=None, pad_edge=False)
    for one in found:
        stands = one.do if one.is_open else f"closed by {one.closed_by}: {one.closed_why}"
        table.add_row(one.name, *map(escape, (one.scope, one.since, one.found, stands)))
    screen().print(table)


@breaker.command("show")
def show_breaker(name: Name, settings: SettingsFile = None, as_json: AsJson = False) -> None:
    """Show the figures of a breaker, what it holds, and how it is closed."""
    loaded = load_settings(settings)
    valve = _valve(name)
    with Warehouse.of(loaded).reading() as tx:
        found = [held_of(one) for one in breakers(tx, only_open=False, name=valve)]
    if as_json:
        print_json([one.as_text() for one in found])
        return
    if not found:
        typer.echo(f"{valve} was never open.")
    for one in found:
        _print(one)


@breaker.command("close")
def close_breaker(  # noqa: PLR0917  # typer reads the options from the parameters
    name: Name,
    why: Why,
    scope: Scope = None,
    by: By = "",
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Close a breaker, with your name and a reason: what it held goes with the next dispatch."""
    loaded = load_settings(settings)
    valve = _valve(name)
    if valve is Valve.KILL_SWITCH:
        raise UsageInvalid("the kill switch has a command of its own: callsheet kill-switch off")
    with Warehouse.of(loaded).transaction() as tx:
        found = [held_of(one) for one in close(tx, valve, why, _told(loaded, by), scope=scope)]
    if as_json:
        print_json([one.as_text() for one in found])
        return
    for one in found:
        if one.is_open:
            typer.echo(f"{one.title}: {one.yes_by} said yes; a second person closes it")
        else:
            typer.echo(f"{one.title}: closed. What it held goes with the next dispatch.")


@switch.command("on")
def throw_switch(why: Why, by: By = "", settings: SettingsFile = None) -> None:
    """Stop every message, also those of a dispatch that is under way."""
    loaded = load_settings(settings)
    told = _told(loaded, by)
    kill_switch.throw(loaded.home, why, told.author, clock.now())
    typer.echo("The kill switch is on: nothing leaves. callsheet kill-switch off lets it go on.")
    try:
        with Warehouse.of(loaded).transaction() as tx:
            found = thrown_trip(loaded)
            trip(tx, [found] if found else [], told)
    except Busy:
        typer.echo("The warehouse is busy: the next dispatch writes it into the ledger.")


@switch.command("off")
def release_switch(why: Why, by: By = "", settings: SettingsFile = None) -> None:
    """Let messages go again, with your name and a reason."""
    loaded = load_settings(settings)
    told = _told(loaded, by)
    with Warehouse.of(loaded).transaction() as tx:
        found = thrown_trip(loaded)
        trip(tx, [found] if found else [], told)  # so that the ledger has both acts
        close(tx, Valve.KILL_SWITCH, why, told)
    kill_switch.release(loaded.home)
    typer.echo("The kill switch is off: what is confirmed goes with the next dispatch.")


def _valve(name: str) -> Valve:
    try:
        return Valve(name.replace("-", "_"))
    except ValueError as unknown:
        raise UsageInvalid(
            f"{name}: no such breaker\n  do           use one of {', '.join(Valve)}"
        ) from unknown


def _told(settings: Settings, by: str) -> Told:
    said = told_by(settings, by, None)
    return Told(said.on_day, said.happened_at, said.author)


def _print(one: Held) -> None:
    facts = Table.grid(padding=(0, 2))
    for name, text in one.facts():
        facts.add_row(name, escape(text))
    screen().print(facts)
    typer.echo()
