"""`callsheet restored`: go on with a restored backup; what may have left since is in doubt."""

from typing import Annotated

import typer
from rich.markup import escape

from callsheet.dispatching.restored import Adopted, adopt, look_beyond
from callsheet.errors import UsageInvalid
from callsheet.settings_file import load_settings
from callsheet.store.warehouse import Warehouse
from callsheet.terminal.options import AsJson, AsOf, SettingsFile, print_json, screen
from callsheet.terminal.telling import By, told_by

app = typer.Typer()

Why = Annotated[str, typer.Option("--why", help="Why this backup is all there is.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would become a doubt.")]


@app.command()
def restored(  # noqa: PLR0917  # typer reads the options from the parameters
    why: Why = "",
    by: By = "",
    dry_run: DryRun = False,
    as_of: AsOf = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Say that this warehouse is a restored backup, older than its anchors, and go on with it.

    Every message that may have left since becomes a doubt, and is never sent again by itself.
    """
    loaded = load_settings(settings)
    warehouse = Warehouse.of(loaded)
    if dry_run:
        _show(look_beyond(warehouse, loaded), as_json=as_json)
        return
    if not why.strip():
        raise UsageInvalid("restored: a reason is needed\n  do           add --why")
    told = told_by(loaded, by, as_of)
    _show(adopt(warehouse, loaded, told, why.strip()), as_json=as_json)


def _show(adopted: Adopted | None, *, as_json: bool) -> None:
    if as_json:
        print_json(adopted.as_text() if adopted else {})
        return
    for line in _lines(adopted):
        screen().print(escape(line), soft_wrap=True)


def _lines(adopted: Adopted | None) -> list[str]:
    if adopted is None:
        return ["The ledger leads up to its last anchor: it is no restored backup, nothing is done"]
    found = adopted.found
    return [
        (
            f"Ledger and anchors agree up to group {found.group};"
            f" the anchors tell of event {found.last_seq}, of {found.anchored_at}"
        ),
        f"{len(adopted.doubts)} messages that were held as not sent may have left: in doubt",
        f"{len(adopted.unknown)} more are not known here: in doubt as soon as they are planned",
        f"The anchors are kept as {found.set_aside}",
        "  do           close each doubt: callsheet doubt list; then the breaker `ledger`",
    ]
