"""`callsheet source`: which sources there are, and what one of them would deliver."""

from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from callsheet.business_day import business_day, business_moment
from callsheet.erp.connection import AnyConnection
from callsheet.erp.mapping_file import load_mapping
from callsheet.erp.sources import shown_address
from callsheet.errors import UsageInvalid
from callsheet.settings import Settings, Source
from callsheet.settings_file import load_settings
from callsheet.source_check import SourceCheck, check_source
from callsheet.terminal.options import AsJson, AsOf, SettingsFile, print_json, screen

app = typer.Typer()
source_app = typer.Typer(help="Where receivables come from.", no_args_is_help=True)
app.add_typer(source_app, name="source")


@source_app.command("list")
def list_sources(settings: SettingsFile = None, as_json: AsJson = False) -> None:
    """Name every source: what it is, where it answers, how old it may be."""
    loaded = load_settings(settings)
    rows = [_described(source) for source in loaded.sources]
    if as_json:
        print_json(rows)
        return
    table = Table("source", "kind", "where", "full pull", "allowed age", box=None, pad_edge=False)
    for row in rows:
        table.add_row(*[escape(str(cell)) for cell in row.values()])
    screen().print(table)


@source_app.command("check")
def check(
    name: Annotated[str, typer.Argument(help="The source, as the settings name it.")],
    as_of: AsOf = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Connect, count, show ten mapped rows and what would be set aside. Writes nothing."""
    loaded = load_settings(settings)
    day = business_day(loaded, as_of)
    found = check_source(
        loaded, _source(loaded, name), day, business_moment(loaded, day), _tell_progress
    )
    if as_json:
        print_json(found.as_text())
    else:
        _print(found)
    raise typer.Exit(0 if found.is_clean else 1)


def _tell_progress(table: str, rows: int) -> None:
    typer.echo(f"{table}: {rows:,} rows read", err=True)


def _source(settings: Settings, name: str) -> Source:
    for source in settings.sources:
        if source.name == name:
            return source
    names = ", ".join(source.name for source in settings.sources) or "none"
    raise UsageInvalid(f"no source is called {name}\n  found        {names}")


def _described(source: Source) -> dict[str, Any]:
    erp: AnyConnection | None = load_mapping(source.mapping).erp
    full = "every time"
    if erp is not None and erp.incremental is not None:
        full = f"every {erp.incremental.full_every_days} days"
    return {
        "source": source.name,
        "kind": erp.kind if erp is not None else "files",
        "where": shown_address(erp) if erp is not None else str(source.place),
        "full_pull": full,
        "allowed_age": f"{source.cadence_hours} h",
    }


def _print(found: SourceCheck) -> None:
    console = screen()
    console.print(f"{escape(found.source)}: {escape(found.product)} answers\n")
    counts = Table("table", "there", "read", "load", "same", "set aside", box=None, pad_edge=False)
    for name, rows in found.counts.items():
        there = found.there.get(name)
        cells = (rows.rows_in, rows.loaded, rows.duplicates, rows.quarantined)
        counts.add_row(name, "" if there is None else str(there), *map(str, cells))
    console.print(counts)
    if found.rows:
        console.print("\nThe first open items, as they would be loaded:")
        items = Table(*found.rows[0], box=None, pad_edge=False)
        for row in found.rows:
            items.add_row(*["" if cell is None else escape(str(cell)) for cell in row.values()])
        console.print(items)
    for code, rows_of_code in found.by_code.items():
        console.print(f"\n{code}: {rows_of_code} rows would be set aside")
    for fault in found.faults:
        told = f"  {fault.table} {fault.row}: {fault.says}; found {fault.found!r}"
        console.print(escape(told), soft_wrap=True)
    console.print("\nNothing was written.")
