"""`callsheet migrate`: bring a warehouse of an earlier release up to this version's."""

from typing import Annotated

import typer
from rich.markup import escape

from callsheet.settings_file import load_settings
from callsheet.store.releases import RELEASES, Step
from callsheet.store.warehouse import Warehouse
from callsheet.terminal.options import AsJson, SettingsFile, print_json, screen

app = typer.Typer()

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]

Roles = Annotated[
    bool,
    typer.Option("--roles", help="Also make callsheet_app and callsheet_reader on PostgreSQL."),
]


@app.command()
def migrate(
    dry_run: DryRun = False,
    roles: Roles = False,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Bring the warehouse's tables up to this version's release, all or nothing.

    Make a backup first: the way back is to restore it.
    """
    warehouse = Warehouse.of(load_settings(settings))
    found, steps = warehouse.release()
    if not dry_run:
        steps = warehouse.migrate()
        if roles:
            warehouse.give_rights()
    if as_json:
        print_json(
            {
                "engine": warehouse.kind,
                "found": found,
                "last": RELEASES.last,
                "steps": [vars(step) for step in steps],
                "roles": roles,
                "done": not dry_run,
            }
        )
        return
    said = _lines(found, steps, dry_run=dry_run)
    if roles and not dry_run:
        said.append("callsheet_app and callsheet_reader have their rights")
    for line in said:
        screen().print(escape(line), soft_wrap=True)


def _lines(found: str, steps: tuple[Step, ...], *, dry_run: bool) -> list[str]:
    if not found:
        return ["There is no warehouse yet" if dry_run else "An empty warehouse was made"]
    if not steps:
        return [f"The warehouse is of release {found}, the last one: nothing to do"]
    to_do = "to be brought" if dry_run else "brought"
    said = [f"The warehouse was of release {found}; {to_do} up to {RELEASES.last}:"]
    return said + [f"  {step.release}  {step.does}" for step in steps]
