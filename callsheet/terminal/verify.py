"""`callsheet verify`: recompute the ledger and compare it with the anchors kept outside."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from callsheet.proof.anchors import folder_of
from callsheet.proof.verification import Verdict, verify
from callsheet.settings_file import load_settings
from callsheet.store.warehouse import Warehouse
from callsheet.terminal.options import AsJson, SettingsFile, print_json, screen

app = typer.Typer()
_BROKEN = 3
_NOT_PROVED = 1

AnchorFolder = Annotated[
    Path | None,
    typer.Option("--anchors", metavar="PATH", help="Folder of the anchors; else the settings'."),
]


@app.command("verify")
def verify_ledger(
    anchors: AnchorFolder = None, settings: SettingsFile = None, as_json: AsJson = False
) -> None:
    """Say whether the history is complete and unchanged; name its first bad event.

    Ends with 3 when it is not, with 1 when nothing kept outside can prove that it is.
    """
    loaded = load_settings(settings)
    folder = anchors or folder_of(loaded)
    verdict = verify(Warehouse.of(loaded), folder)
    if as_json:
        print_json(verdict.as_text() | {"anchors_folder": str(folder)})
    else:
        _print(verdict, folder)
    if verdict.fault is not None:
        raise typer.Exit(_BROKEN)
    if not verdict.is_proved:
        raise typer.Exit(_NOT_PROVED)


def _print(verdict: Verdict, folder: Path) -> None:
    console = screen()
    for line in _lines(verdict, folder):
        console.print(escape(line), soft_wrap=True)


def _lines(verdict: Verdict, folder: Path) -> list[str]:
    said = [f"Ledger {verdict.ledger or 'empty: nothing was ever recorded'}"]
    if fault := verdict.fault:
        span = f" (or a later one, up to {fault.until})" if fault.until > fault.seq else ""
        said.append(f"BROKEN. First bad event: {fault.seq}{span}")
        said.append(f"  because      {fault.sentence}")
        said += [f"  found        {fault.found}"] if fault.found else []
        said.append("  do           keep the database as it is, and compare it with its backups")
    else:
        said.append(f"{verdict.events} events in {verdict.groups} groups, none changed or missing")
    if verdict.anchored_through:
        through = verdict.anchored_through
        said.append(f"{verdict.anchors} anchors in {folder} vouch up to event {through}")
        said.append(f"{verdict.unanchored} events came after: nobody can prove these yet")
    elif verdict.events:
        said.append(f"NOT PROVED: no anchor of this ledger in {folder}")
    if verdict.unreadable_lines:
        said.append(f"{verdict.unreadable_lines} anchor lines were cut off and say nothing")
    if verdict.other_ledgers:
        said.append(f"The folder also knows {', '.join(verdict.other_ledgers)}: see docs/ledger.md")
    return said
