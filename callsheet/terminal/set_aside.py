"""`callsheet set-aside`: the rows of the last pulls that were not loaded, as they lay."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from callsheet.reading.rows_set_aside import rows_set_aside
from callsheet.settings_file import load_settings
from callsheet.store.warehouse import Warehouse
from callsheet.terminal.options import AsJson, SettingsFile, print_json, screen

app = typer.Typer()
_SHOWN = 50

OfCustomer = Annotated[str, typer.Option("--customer", help="Only rows of this customer.")]


@app.command("set-aside")
def set_aside(
    customer: OfCustomer = "", settings: SettingsFile = None, as_json: AsJson = False
) -> None:
    """Show the rows that were set aside in the last pull of each source, and why.

    They are kept sealed: of a customer who was erased only the place is left.
    """
    loaded = load_settings(settings)
    with Warehouse.of(loaded).reading() as tx:
        found = rows_set_aside(tx, loaded, customer)
    if as_json:
        print_json([vars(one) for one in found])
        return
    table = Table("where", "reason", "customer", "as it lay", box=None, pad_edge=False)
    for one in found[:_SHOWN]:
        table.add_row(*map(escape, (one.where, one.code, one.customer, one.as_it_lay)))
    screen().print(table)
    if len(found) > _SHOWN:
        screen().print(f"… and {len(found) - _SHOWN} more: add --json")
