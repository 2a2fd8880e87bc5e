"""`callsheet confirm`: read the list of messages that wait for a yes, and give it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Annotated

import typer

from callsheet.business_day import business_day, business_moment
from callsheet.desk.answering import Answer, Choice, give_answer, read_answer
from callsheet.desk.confirmation import (
    Confirmed,
    FrozenList,
    Sums,
    actions_on,
    kept_list,
    lists_to_confirm,
)
from callsheet.dispatching.dispatch import dispatch
from callsheet.dispatching.open_actions import OpenAction, Telling
from callsheet.errors import Busy, UsageInvalid
from callsheet.messages.amount_text import amount_text
from callsheet.reading.reasons import sentence as reason_sentence
from callsheet.reading.sheet_names import names_of
from callsheet.settings import Settings
from callsheet.settings_file import load_settings
from callsheet.store.transaction import Transaction
from callsheet.store.warehouse import Warehouse
from callsheet.terminal.actions import ID_CHARACTERS, as_plain, print_actions
from callsheet.terminal.dispatch import sentence
from callsheet.terminal.options import AsJson, AsOf, EntityName, SettingsFile, print_json

app = typer.Typer()
ListName = Annotated[
    str, typer.Option("--list", metavar="DIGEST", help="Exactly this list, as it was frozen.")
]


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
    only: ListName = "",
    as_of: AsOf = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the list.")] = False,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Confirm messages, then send what may go. Without --all, --except or --none: only look."""
    loaded = load_settings(settings)
    day = business_day(loaded, as_of)
    choice = _choice(everything=everything, leave_out=leave_out.strip(" ,"), nothing=nothing)
    if choice and not dry_run and not by.strip():
        raise UsageInvalid("--by NAME is missing: a confirmation is somebody's")
    warehouse = Warehouse.of(loaded)
    with warehouse.reading() as tx:
        lists = _lists(tx, day, entity, only)
        actions = {one.digest: actions_on(tx, one) for one in lists}
        customers = {action.customer for some in actions.values() for action in some}
        names = names_of(tx, loaded, day, customers).customers
    answer = _answer(choice, leave_out, by or "nobody yet", note, lists) if choice else None
    if not as_json:
        _show(lists, actions, names)
    confirmed: list[Confirmed] = []
    sent = ""
    if answer and not dry_run:
        told = Telling(day, business_moment(loaded, day), answer.name)
        confirmed = give_answer(warehouse, loaded, lists, answer, told)
        sent = _send(warehouse, loaded, told, entity)
    if as_json:
        shown = {"lists": [_plain(one, actions[one.digest]) for one in lists], "dispatch": sent}
        print_json(shown | {"confirmed": [_outcome(one) for one in confirmed]})
    elif answer:
        _tell(confirmed, by, sent, is_dry=dry_run)


def _choice(*, everything: bool, leave_out: str, nothing: bool) -> Choice | None:
    """Return what the options say; None when they only look."""
    if everything + bool(leave_out) + nothing > 1:
        raise UsageInvalid("--all, --except and --none: choose one")
    chosen = {Choice.ALL: everything, Choice.ALL_BUT: bool(leave_out), Choice.NONE: nothing}
    return next((choice for choice, is_chosen in chosen.items() if is_chosen), None)


def _lists(tx: Transaction, day: date, entity: str | None, only: str) -> list[FrozenList]:
    """Return what waits now; or the one list that was asked for, as it stood when it was frozen."""
    lists = lists_to_confirm(tx, day, entity)
    if not only:
        return lists
    return [one for one in lists if one.digest.startswith(only)] or [kept_list(tx, only)]


def _answer(
    choice: Choice, leave_out: str, by: str, note: str, lists: Iterable[FrozenList]
) -> Answer:
    ids = frozenset(key for one in lists for key in one.lines)
    try:
        return read_answer(choice, leave_out, by, note, ids)
    except UsageInvalid as problem:
        raise UsageInvalid(f"{problem}\n  do           nothing was confirmed") from problem


def _send(warehouse: Warehouse, settings: Settings, told: Telling, entity: str | None) -> str:
    """Send what may go now; the confirmation stands when somebody else is sending."""
    try:
        summary = dispatch(warehouse, settings, told.on_day, told.happened_at, entity=entity)
    except Busy:
        return "Somebody is sending right now: what is confirmed goes with the next sweep."
    return sentence(summary)


def _show(
    lists: Sequence[FrozenList],
    actions: Mapping[str, Sequence[OpenAction]],
    names: Mapping[str, str],
) -> None:
    if not lists:
        typer.echo("Nothing waits to be confirmed.")
    for one in lists:
        short = one.digest[:12]
        typer.echo(f"{one.entity}: {one.count} to confirm, {_amounts(one.sums)} (list {short})")
        print_actions(actions[one.digest], names)


def _tell(confirmed: Iterable[Confirmed], by: str, sent: str, *, is_dry: bool) -> None:
    for one in confirmed:
        over = f" over {_amounts(one.sums)}" if one.sums else ""
        parts = [f"{len(one.confirmed)} confirmed by {by}{over}", f"{len(one.left)} left for later"]
        if one.dropped:
            parts.append(f"{len(one.dropped)} no longer to be sent")
        typer.echo(f"{one.entity}: {', '.join(parts)}")
        for key, reason in one.dropped.items():
            typer.echo(f"  {key[:ID_CHARACTERS]} dropped: {reason_sentence(reason)}")
    typer.echo("Nothing was confirmed (--dry-run)." if is_dry else sent)


def _plain(frozen: FrozenList, actions: Iterable[OpenAction]) -> dict[str, object]:
    return {
        "digest": frozen.digest,
        "entity": frozen.entity,
        "on_day": frozen.on_day,
        "count": frozen.count,
        "sums": _totals(frozen.sums),
        "actions": [as_plain(action) for action in actions],
    }


def _outcome(one: Confirmed) -> dict[str, object]:
    return {**vars(one), "sums": _totals(one.sums)}


def _totals(sums: Sums) -> dict[str, str]:
    return {currency: str(total) for currency, total in sums}


def _amounts(sums: Sums) -> str:
    return ", ".join(amount_text(total, currency) for currency, total in sums)
