"""What a person reads: `today`, `history`, `worklist`, `schema`."""

from dataclasses import asdict
from datetime import date
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from callsheet.errors import UsageInvalid
from callsheet.reading.call_sheet import call_sheet, last_played_day
from callsheet.reading.explain import explain as explain_customer
from callsheet.reading.history_reading import HistoryLine, history_lines
from callsheet.reading.worklist import Task, tasks_on
from callsheet.settings import Settings
from callsheet.settings_file import load_settings
from callsheet.store.schema import View, view_named, views
from callsheet.store.warehouse import Warehouse
from callsheet.terminal.call_sheet_screen import print_sheet
from callsheet.terminal.explain_screen import print_explanation
from callsheet.terminal.options import (
    AsJson,
    AsOf,
    EntityName,
    SettingsFile,
    print_json,
    screen,
)

app = typer.Typer()
Day = Annotated[date | None, typer.Option(parser=date.fromisoformat, metavar="DAY")]


@app.command()
def today(
    as_of: AsOf = None,
    entity: EntityName = None,
    everything: Annotated[bool, typer.Option("--all", help="Print every line.")] = False,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Print the call sheet: who is contacted, why, over what; who is not, and why.

    Without `--as-of` it is the last day that was played.
    """
    loaded = load_settings(settings)
    print_call_sheet(loaded, as_of, entity, everything=everything, as_json=as_json)


def print_call_sheet(
    settings: Settings,
    as_of: date | None,
    entity: str | None = None,
    *,
    everything: bool = False,
    as_json: bool = False,
) -> bool:
    """Print the call sheet of a day (None: the last one played); say if it has exceptions."""
    with Warehouse.of(settings).reading() as tx:
        day = as_of or last_played_day(tx)
        sheet = call_sheet(tx, settings, day, entity) if day else None
    if as_json:
        print_json(sheet.as_text() if sheet else {})
    elif sheet is None:
        screen().print("No day has been played yet: start with `callsheet run`.")
    else:
        print_sheet(screen(), sheet, everything=everything)
    return bool(sheet and sheet.exceptions)


@app.command()
def explain(
    customer: Annotated[str, typer.Argument(help="The customer's key.")],
    as_of: AsOf = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Tell why a customer hears from us on a day, or does not, rule by rule.

    Without `--as-of` it is the last day that was played.
    """
    loaded = load_settings(settings)
    with Warehouse.of(loaded).reading() as tx:
        day = as_of or last_played_day(tx)
        if day is None:
            raise UsageInvalid("no day has been played yet\n  do           `callsheet run`")
        found = explain_customer(tx, loaded, customer, day)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    for one in found:
        print_explanation(screen(), one)


@app.command()
def history(
    customer: Annotated[str, typer.Option(help="Only this customer.")] = "",
    from_day: Annotated[
        date | None, typer.Option("--from", parser=date.fromisoformat, metavar="DAY")
    ] = None,
    to_day: Annotated[
        date | None, typer.Option("--to", parser=date.fromisoformat, metavar="DAY")
    ] = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Print what happened, in order, each line with its day, author and reason."""
    loaded = load_settings(settings)
    with Warehouse.of(loaded).reading() as tx:
        lines = history_lines(tx, customer=customer, from_day=from_day, to_day=to_day)
    if as_json:
        print_json([vars(line) for line in lines])
        return
    _print_history(lines)


@app.command()
def worklist(
    as_of: AsOf = None,
    entity: EntityName = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Print what waits for a person: to confirm, to do, to post, to decide."""
    loaded = load_settings(settings)
    with Warehouse.of(loaded).reading() as tx:
        day = as_of or last_played_day(tx)
        tasks = tasks_on(tx, loaded, day, entity) if day else []
    if as_json:
        print_json([vars(task) for task in tasks])
        return
    _print_worklist(tasks)


@app.command()
def schema(
    view: Annotated[str, typer.Argument(help="One view; without it, all of them.")] = "",
    as_json: AsJson = False,
) -> None:
    """Describe the views that analysts may read, column by column."""
    found = (view_named(view),) if view else views()
    if as_json:
        print_json([_plain(one) for one in found])
        return
    for one in found:
        _print_view(one)


def _plain(view: View) -> dict[str, object]:
    return vars(view) | {"columns": [vars(column) for column in view.columns]}


def _print_view(view: View) -> None:
    console = screen()
    console.print(f"\n[bold]{view.name}[/]: {escape(view.question)} ({escape(view.grain)})")
    table = Table("column", "meaning", box=None, header_style="dim")
    for column in view.columns:
        table.add_row(column.name, escape(column.meaning))
    console.print(table)


def _print_history(lines: list[HistoryLine]) -> None:
    table = Table(
        "day", "customer", "entity", "what", "became", "because", "by", box=None, header_style="dim"
    )
    for line in lines:
        table.add_row(
            str(line.on_day),
            escape(line.customer),
            escape(line.entity),
            escape(line.what),
            line.state,
            escape(line.why),
            escape(line.author),
        )
    screen().print(table if lines else "Nothing happened that you ask for.")


def _print_worklist(tasks: list[Task]) -> None:
    console = screen()
    if not tasks:
        console.print("Nothing waits for a person.")
    for kind in dict.fromkeys(task.task for task in tasks):
        mine = [task for task in tasks if task.task == kind]
        console.print(f"\n[bold]{mine[0].title}[/]: {len(mine)}")
        table = Table(
            "id", "since", "customer", "what", "how", "over", box=None, header_style="dim"
        )
        for task in mine:
            table.add_row(
                task.action_id[:8],
                str(task.since_day),
                escape(f"{task.name} ({task.customer})"),
                escape(task.what),
                escape(task.how),
                escape(task.over),
            )
        console.print(table)
