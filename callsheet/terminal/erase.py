"""`callsheet erase`, `admit` and `compact`: a customer's personal data is destroyed for good."""

import sys
from datetime import date
from typing import Annotated

import typer
from rich.markup import escape

from callsheet.erasure.compaction import Compacted
from callsheet.erasure.compaction import compact as write_anew
from callsheet.erasure.erase import Erased, admit_again, what_is_held
from callsheet.erasure.erase import erase as erase_customer
from callsheet.erasure.personal_data import Held
from callsheet.errors import UsageInvalid
from callsheet.settings_file import load_settings
from callsheet.store.warehouse import Warehouse
from callsheet.terminal.options import AsJson, SettingsFile, print_json, screen
from callsheet.terminal.telling import By, told_by

app = typer.Typer()
_STILL_FOUND = 1

Customer = Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer's key.")]
Why = Annotated[str, typer.Option("--why", help="The reason, without naming the customer.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask: it cannot be taken back.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be destroyed.")]
On = Annotated[
    date | None,
    typer.Option("--on", parser=date.fromisoformat, metavar="DAY", help="On this business day."),
]


@app.command()
def erase(  # noqa: PLR0917  # typer reads the options from the parameters
    customer: Customer,
    why: Why = "",
    by: By = "",
    yes: Yes = False,
    dry_run: DryRun = False,
    on: On = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Destroy a customer's key: names, addresses and messages can be read by nobody afterwards.

    The ledger stays whole, with numbers and amounts. `callsheet compact` then clears freed pages.
    """
    loaded = load_settings(settings)
    warehouse = Warehouse.of(loaded)
    if dry_run or not yes:
        held = what_is_held(warehouse, loaded, customer)
        if dry_run and as_json:
            print_json(held.as_text())
        else:
            _say(_would_destroy(held), to_stderr=as_json)
        if dry_run:
            return
        _ask(customer)
    done = erase_customer(warehouse, loaded, customer, why, told_by(loaded, by, on))
    if as_json:
        print_json(done.as_text())
    else:
        _say(_destroyed(done))
    raise typer.Exit(_STILL_FOUND if done.still_found else 0)


@app.command()
def admit(
    customer: Customer,
    why: Why,
    by: By = "",
    on: On = None,
    settings: SettingsFile = None,
) -> None:
    """Let the next pull know an erased customer again; what was erased stays erased."""
    loaded = load_settings(settings)
    admit_again(Warehouse.of(loaded), loaded, customer, why, told_by(loaded, by, on))
    _say([f"{customer} is known again from the next pull on, under a new key."])


@app.command()
def compact(settings: SettingsFile = None, as_json: AsJson = False) -> None:
    """Write warehouse, keys and inbox anew, without the pages that were freed."""
    loaded = load_settings(settings)
    done = write_anew(Warehouse.of(loaded), loaded)
    if as_json:
        print_json({"bytes": done.sizes, "staging_removed": done.staging_removed})
    else:
        _say(_written_anew(done))


def _ask(customer: str) -> None:
    """Have the customer's key typed; UsageInvalid when there is nobody to ask."""
    if not sys.stdin.isatty():
        raise UsageInvalid("nobody is there to be asked\n  do           add --yes if you mean it")
    if typer.prompt(f"Type {customer} to destroy all this", err=True) != customer:
        raise UsageInvalid("that is another key: nothing was destroyed")


def _would_destroy(held: Held) -> list[str]:
    tables = ", ".join(f"{count} of {name}" for name, count in held.rows.items()) or "none"
    return [
        f"Customer {held.customer}" + (", erased before" if held.was_erased else ""),
        f"  rows of snapshots     {tables}",
        f"  messages kept         {held.messages}",
        f"  texts of people       {held.words}",
        f"  rows set aside        {held.set_aside}",
        f"  files of the outbox   {len(held.files)}",
        "What has not left is withdrawn, and the customer is on hold for good.",
        "Backups, delivered mail, exports and Prefect's own database are out of reach.",
    ]


def _destroyed(done: Erased) -> list[str]:
    held = done.held
    lines = [
        f"{held.customer} is erased: its key is destroyed.",
        f"{held.messages} messages and {sum(held.rows.values())} rows are read by nobody now.",
        f"{done.files} files removed, {done.withdrawn} actions withdrawn.",
        "Next: `callsheet compact`, then `callsheet verify`.",
    ]
    lines += [f"STILL FOUND in {path}" for path in done.still_found]
    return lines


def _written_anew(done: Compacted) -> list[str]:
    return [
        f"{name}: {before:,} bytes, now {after:,}"
        for name, (before, after) in done.sizes.items()
        if before
    ]


def _say(lines: list[str], *, to_stderr: bool = False) -> None:
    for line in lines:
        if to_stderr:
            typer.echo(line, err=True)
        else:
            screen().print(escape(line), soft_wrap=True)
