"""`callsheet export`: copies of the views for analysts, safe to read while the pipeline runs."""

from pathlib import Path
from typing import Annotated

import typer

from callsheet.settings_file import load_settings
from callsheet.store.export import export_views
from callsheet.store.warehouse import Warehouse
from callsheet.terminal.options import AsJson, SettingsFile, print_json

app = typer.Typer()


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Where the files go; they are replaced whole.")],
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV instead of Parquet.")] = False,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Write every view of `callsheet schema` into a folder, as Parquet or CSV."""
    with Warehouse.of(load_settings(settings)).reading() as tx:
        exported = export_views(tx, folder, as_csv=as_csv)
    if as_json:
        print_json(exported.as_text())
        return
    for name, count in exported.rows.items():
        typer.echo(f"{name:<16}{count:>9} rows")
    typer.echo(f"in {folder}, through event {exported.through_seq}")
