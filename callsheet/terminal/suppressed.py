"""`callsheet suppressed`: addresses nothing is sent to any more, and letting one be right again."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from callsheet.business_day import business_day
from callsheet.desk.dead_addresses import DeadAddress, dead_addresses, lift
from callsheet.reading.reasons import sentence
from callsheet.settings_file import load_settings
from callsheet.store.warehouse import Warehouse
from callsheet.terminal.actions import ID_CHARACTERS
from callsheet.terminal.options import AsJson, AsOf, SettingsFile, print_json, screen
from callsheet.terminal.telling import By, told_by

app = typer.Typer()
questions = typer.Typer(help="See and lift suppressed addresses.", no_args_is_help=True)
app.add_typer(questions, name="suppressed")

Name = Annotated[str, typer.Argument(metavar="ADDRESS", help="An address, or its id's beginning.")]
Why = Annotated[str, typer.Option("--why", help="How you know that the address is right.")]


@questions.command("list")
def list_suppressed(
    as_of: AsOf = None, settings: SettingsFile = None, as_json: AsJson = False
) -> None:
    """List the addresses that nothing is sent to any more: came back for good, or called spam."""
    loaded = load_settings(settings)
    with Warehouse.of(loaded).reading() as tx:
        found = dead_addresses(tx, loaded, business_day(loaded, as_of))
    if as_json:
        print_json([one.as_text() for one in found])
    elif not found:
        typer.echo("No address is suppressed.")
    else:
        screen().print(_table(found))
        typer.echo(
            "Mend the contact; or, if it is right: callsheet suppressed lift ADDRESS --why …"
        )


@questions.command("lift")
def lift_suppression(  # noqa: PLR0917  # typer reads the options from the parameters
    address: Name,
    why: Why,
    by: By = "",
    as_of: AsOf = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Let an address be written to again; when its mail comes back, it is suppressed anew."""
    loaded = load_settings(settings)
    told = told_by(loaded, by, as_of)
    with Warehouse.of(loaded).transaction() as tx:
        lifted = lift(tx, loaded, address, why, told)
    if as_json:
        print_json(lifted.as_text() | {"lifted_by": told.author})
        return
    name = lifted.address or lifted.told.address_hash[:ID_CHARACTERS]
    typer.echo(f"{name} of {lifted.told.customer} is written to again, from the next step on.")


def _table(found: list[DeadAddress]) -> Table:
    table = Table("id", "address", "customer", "entity", "since", "why", box=None)
    for one in found:
        table.add_row(
            one.told.address_hash[:ID_CHARACTERS],
            escape(one.address or "(no contact has it any more)"),
            escape(one.told.customer),
            escape(one.told.entity),
            one.told.since.isoformat(),
            sentence(one.told.reason),
        )
    return table
