"""`callsheet confirm`: read the list of messages that wait for a yes, and give it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from callsheet.business_day import business_day, business_moment
from callsheet.desk.confirmation import (
    Confirmed,
    FrozenList,
    confirm_list,
    keep_list,
    lists_to_confirm,
)
from callsheet.dispatching.dispatch import dispatch
from callsheet.dispatching.open_actions import Telling
from callsheet.errors import Busy, UsageInvalid
from callsheet.messages.amount_text import amount_text
from callsheet.proof.anchors import Occasion, anchor
from callsheet.reading.sheet_names import names_of
from callsheet.settings import Settings
from callsheet.settings_file import load_settings
from callsheet.store.warehouse import Warehouse
from callsheet.terminal.actions import as_plain, print_actions
from callsheet.terminal.dispatch import sentence
from callsheet.terminal.options import AsJson, AsOf, EntityName, SettingsFile, print_json

app = typer.Typer()


@app.command("confirm")
def confirm_messages(  # noqa: PLR0917  # typer reads the options from the parameters
    entity: EntityName = None,
    everything: Annotated[bool, typer.Option("--all", help="Confirm the whole list.")] = False,
    leave_out: Annotated[
        str, typer.Option("--except", metavar="IDS", help="All but these, as 1a2b3c4d,5e6f7a8b.")
    ] = "",
    nothing: Annotated[bool, typer.Option("--none", help="Record that none is confirmed.")] = False,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who confirms.")] = "",
    note: Annotated[str, typer.Option("--note", help="Kept with the confirmation.")] = "",
    as_of: AsOf = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the list.")] = False,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Confirm messages, then send what may go. Without --all, --except or --none: only look."""
    loaded = load_settings(settings)
    day = business_day(loaded, as_of)
    exceptions = [one.strip() for one in leave_out.split(",") if one.strip()]
    if sum((everything, bool(exceptions), nothing)) > 1:
        raise UsageInvalid("--all, --except and --none: choose one")
    only_look = dry_run or not (everything or exceptions or nothing)
    if not only_look and not by:
        raise UsageInvalid("--by NAME is missing: a confirmation is somebody's")
    warehouse = Warehouse.of(loaded)
    with warehouse.reading() as tx:
        lists = lists_to_confirm(tx, day, entity)
        customers = {action.customer for one in lists for action in one.actions}
        names = names_of(tx, loaded, day, customers).customers
    if not as_json:
        _show(lists, names)
    confirmed: list[Confirmed] = []
    sent = ""
    if not only_look:
        told = Telling(day, business_moment(loaded, day), by)
        leaving = _Leaving(exceptions, nothing)
        confirmed = _confirm(warehouse, lists, leaving, told, note)
        anchor(warehouse, loaded, told.happened_at, Occasion.CONFIRMATION)
        sent = _send(warehouse, loaded, told, entity)
    if as_json:
        shown = {"lists": [_plain(one) for one in lists], "dispatch": sent}
        print_json(shown | {"confirmed": [vars(one) for one in confirmed]})
    elif not only_look:
        _tell(confirmed, by, sent)


@dataclass(frozen=True)
class _Leaving:
    """What of the lists is not confirmed: some lines, or all of them."""

    exceptions: Sequence[str]
    nothing: bool

    def check(self, lists: Iterable[FrozenList]) -> None:
        """Raise UsageInvalid for an exception that stands on no list."""
        ids = [action.action_id for one in lists for action in one.actions]
        for key in self.exceptions:
            if not any(action_id.startswith(key) for action_id in ids):
                raise UsageInvalid(f"{key}: no line of the list begins so; nothing was confirmed")

    def of(self, frozen: FrozenList) -> list[str]:
        """Return what of one list is left out."""
        ids = [action.action_id for action in frozen.actions]
        if self.nothing:
            return ids
        return [key for key in self.exceptions if any(one.startswith(key) for one in ids)]


def _confirm(
    warehouse: Warehouse,
    lists: Sequence[FrozenList],
    leaving: _Leaving,
    told: Telling,
    note: str,
) -> list[Confirmed]:
    """Confirm every list in one transaction: all of it is recorded, or nothing."""
    leaving.check(lists)
    with warehouse.transaction() as tx:
        done = []
        for one in lists:
            keep_list(tx, one)
            done.append(confirm_list(tx, one.digest, told, leave_out=leaving.of(one), note=note))
        return done


def _send(warehouse: Warehouse, settings: Settings, told: Telling, entity: str | None) -> str:
    """Send what may go now; the confirmation stands when somebody else is sending."""
    try:
        summary = dispatch(warehouse, settings, told.on_day, told.happened_at, entity=entity)
    except Busy:
        return "Somebody is sending right now: what is confirmed goes with the next sweep."
    return sentence(summary)


def _show(lists: Sequence[FrozenList], names: Mapping[str, str]) -> None:
    if not lists:
        typer.echo("Nothing waits to be confirmed.")
    for one in lists:
        sums = ", ".join(amount_text(total, currency) for currency, total in one.sums)
        typer.echo(f"{one.entity}: {one.count} to confirm, {sums} (list {one.digest[:12]})")
        print_actions(one.actions, names)


def _tell(confirmed: Iterable[Confirmed], by: str, sent: str) -> None:
    for one in confirmed:
        parts = [f"{len(one.confirmed)} confirmed by {by}", f"{len(one.left)} left for later"]
        if one.dropped:
            parts.append(f"{len(one.dropped)} no longer to be sent")
        typer.echo(", ".join(parts))
    typer.echo(sent)


def _plain(frozen: FrozenList) -> dict[str, object]:
    return {
        "digest": frozen.digest,
        "entity": frozen.entity,
        "count": frozen.count,
        "sums": {currency: str(total) for currency, total in frozen.sums},
        "actions": [as_plain(action) for action in frozen.actions],
    }
