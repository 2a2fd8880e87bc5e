"""`callsheet states`: the life of an action, as a table or as a diagram."""

from typing import Annotated

import typer

from callsheet import states
from callsheet.terminal.options import AsJson, print_json

app = typer.Typer()
Mermaid = Annotated[bool, typer.Option("--mermaid", help="Print the diagram's text.")]


@app.command("states")
def show_states(mermaid: Mermaid = False, as_json: AsJson = False) -> None:
    """Show which state of an action may follow which, and when it does."""
    if as_json:
        print_json({str(before or ""): dict(after) for before, after in states.ARROWS.items()})
    else:
        typer.echo(states.diagram() if mermaid else states.table())
