"""`callsheet dispatch`: send what is confirmed and may go now."""

from typing import Annotated

import typer

from callsheet.business_day import business_day, business_moment
from callsheet.dispatching.dispatch import DispatchSummary, dispatch
from callsheet.dispatching.due import due_actions
from callsheet.settings_file import load_settings
from callsheet.store.warehouse import Warehouse
from callsheet.terminal.actions import print_actions
from callsheet.terminal.options import AsJson, AsOf, EntityName, SettingsFile, print_json

app = typer.Typer()
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would go; send nothing.")]


@app.command("dispatch")
def dispatch_now(
    entity: EntityName = None,
    as_of: AsOf = None,
    dry_run: DryRun = False,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Send what is confirmed, inside its sending window. Nothing is ever sent twice."""
    loaded = load_settings(settings)
    day = business_day(loaded, as_of)
    now = business_moment(loaded, day)
    warehouse = Warehouse.of(loaded)
    if dry_run:
        with warehouse.reading() as tx:
            print_actions(due_actions(tx, loaded, day, now, entity), as_json=as_json)
        return
    summary = dispatch(warehouse, loaded, day, now, entity=entity)
    if as_json:
        print_json(summary.as_text())
    else:
        typer.echo(sentence(summary))


def sentence(summary: DispatchSummary) -> str:
    """Return what a dispatch did, in a sentence."""
    counts = {"letters laid out to be posted": summary.printed}
    counts |= {f"{state.replace('_', ' ')}": number for state, number in summary.sent.items()}
    counts |= {f"stopped, {why}": number for why, number in summary.stopped.items()}
    counts |= {f"held by breaker {name}": number for name, number in summary.held.items()}
    counts |= {
        "waiting for their sending window": summary.waiting,
        "of a crashed run, now in doubt": summary.settled,
    }
    said = [f"{number} {what}" for what, number in counts.items() if number]
    return "; ".join(said) or "Nothing was to be sent."
