"""What people tell the system: calls made, letters posted, promises, disputes and holds."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer

from callsheet.desk import item_status, people
from callsheet.desk.people import ActionOutcome
from callsheet.dispatching.open_actions import Telling
from callsheet.errors import UsageInvalid
from callsheet.settings import Settings
from callsheet.settings_file import load_settings
from callsheet.store.transaction import Transaction
from callsheet.store.warehouse import Warehouse
from callsheet.terminal.options import SettingsFile
from callsheet.terminal.telling import By, told_by

app = typer.Typer()

ActionId = Annotated[str, typer.Argument(help="The action's id, or its first 6 characters.")]
Why = Annotated[str, typer.Option("--why", help="The reason, for whoever reads the history.")]
Note = Annotated[str, typer.Option("--note", help="Kept with the event.")]
On = Annotated[
    date | None,
    typer.Option("--on", parser=date.fromisoformat, metavar="DAY", help="On this business day."),
]
Day = Annotated[date, typer.Argument(parser=date.fromisoformat, metavar="DAY")]
Amount = Annotated[
    str, typer.Option("--amount", metavar="AMOUNT", help="Only this much, as 1250.00.")
]
EntityOnly = Annotated[str, typer.Option("--entity", help="Only towards this entity.")]
Mistake = Annotated[bool, typer.Option("--mistake", help="It was never true.")]


@app.command()
def done(  # noqa: PLR0917  # typer reads the options from the parameters
    action: ActionId,
    outcome: Annotated[ActionOutcome, typer.Option("--outcome", help="How it went.")],
    note: Note = "",
    by: By = "",
    on: On = None,
    settings: SettingsFile = None,
) -> None:
    """Record that you did an action, and how it went."""
    _record(
        settings, by, on, lambda tx, loaded, told: people.done(
            tx, loaded, action, outcome, told, note=note
        ),
    )  # fmt: skip


@app.command()
def skip(
    action: ActionId,
    why: Why,
    by: By = "",
    on: On = None,
    settings: SettingsFile = None,
) -> None:
    """Leave an action out on purpose; the scenario goes on after it."""
    _record(settings, by, on, lambda tx, _, told: people.skip(tx, action, why, told))


@app.command()
def posted(
    action: ActionId,
    tracking: Annotated[str, typer.Option("--tracking", help="The post's number.")] = "",
    by: By = "",
    on: On = None,
    settings: SettingsFile = None,
) -> None:
    """Record that a letter was posted: only now its step is done."""
    _record(
        settings, by, on,
        lambda tx, _, told: people.posted(tx, action, told, tracking=tracking),
    )  # fmt: skip


@app.command()
def returned(
    action: ActionId,
    why: Annotated[str, typer.Option("--why", help="What the post says: moved, unknown …")],
    by: By = "",
    on: On = None,
    settings: SettingsFile = None,
) -> None:
    """Record that the post brought a letter back: its step is not done any more."""
    _record(settings, by, on, lambda tx, _, told: people.returned(tx, action, why, told))


@app.command()
def promise(  # noqa: PLR0917  # typer reads the options from the parameters
    customer: Annotated[str, typer.Argument(help="The customer who promises.")],
    promised_on: Day,
    item: Annotated[
        list[str] | None, typer.Option("--item", help="An item's number; else all overdue.")
    ] = None,
    amount: Amount = "",
    entity: EntityOnly = "",
    note: Note = "",
    by: By = "",
    on: On = None,
    settings: SettingsFile = None,
) -> None:
    """Record a promise to pay: its items are left in peace until it has come."""
    _record(
        settings, by, on,
        lambda tx, loaded, told: item_status.promise(
            tx, loaded, customer, promised_on, told,
            items=item or (), entity=entity, amount=_money(amount), note=note,
        ),
    )  # fmt: skip


@app.command()
def dispute(  # noqa: PLR0917  # typer reads the options from the parameters
    item: Annotated[str, typer.Argument(help="The disputed item's number or id.")],
    reason: Annotated[str, typer.Option("--reason", help="quality, price, delivery … or other.")],
    amount: Amount = "",
    resolver: Annotated[str, typer.Option("--resolver", help="The colleague in charge.")] = "",
    note: Note = "",
    by: By = "",
    on: On = None,
    settings: SettingsFile = None,
) -> None:
    """Record a dispute over an item, or over a part of it."""
    _record(
        settings, by, on,
        lambda tx, loaded, told: item_status.dispute(
            tx, loaded, item, reason, told,
            amount=_money(amount), resolver=resolver, note=note,
        ),
    )  # fmt: skip


@app.command()
def resolve(  # noqa: PLR0917  # typer reads the options from the parameters
    dispute_id: Annotated[str, typer.Argument(metavar="DISPUTE", help="Its id, or its item.")],
    outcome: Annotated[str, typer.Option("--outcome", help="justified or rejected.")] = "",
    mistake: Mistake = False,
    note: Note = "",
    by: By = "",
    on: On = None,
    settings: SettingsFile = None,
) -> None:
    """Close a dispute: justified (credited or corrected) or rejected."""
    _record(
        settings, by, on,
        lambda tx, loaded, told: item_status.resolve(
            tx, loaded, dispute_id, outcome, told, is_mistake=mistake, note=note
        ),
    )  # fmt: skip


@app.command()
def hold(  # noqa: PLR0917  # typer reads the options from the parameters
    customer: Annotated[str, typer.Argument(help="The customer to leave in peace.")],
    why: Why,
    until: Annotated[
        date | None,
        typer.Option("--until", parser=date.fromisoformat, metavar="DAY", help="Its last day."),
    ] = None,
    item: Annotated[str, typer.Option("--item", help="Only this item.")] = "",
    entity: EntityOnly = "",
    by: By = "",
    on: On = None,
    settings: SettingsFile = None,
) -> None:
    """Leave a customer, or one item, in peace until a day or until released."""
    _record(
        settings, by, on,
        lambda tx, loaded, told: item_status.hold(
            tx, loaded, customer, why, told, entity=entity, item=item, until=until
        ),
    )  # fmt: skip


@app.command()
def release(
    name: Annotated[str, typer.Argument(help="A hold's or promise's id, its item or customer.")],
    mistake: Mistake = False,
    by: By = "",
    on: On = None,
    settings: SettingsFile = None,
) -> None:
    """Lift a hold, or give up a promise; today is its last day."""
    _record(
        settings, by, on,
        lambda tx, loaded, told: item_status.release(tx, loaded, name, told, is_mistake=mistake),
    )  # fmt: skip


def _record(
    settings: SettingsFile,
    by: str,
    on: date | None,
    write: Callable[[Transaction, Settings, Telling], people.Recorded | item_status.Told],
) -> None:
    """Write it down in one transaction, then say what was written and how to take it back."""
    loaded = load_settings(settings)
    told = told_by(loaded, by, on)
    with Warehouse.of(loaded).transaction() as tx:
        written = write(tx, loaded, told)
    typer.echo(written.sentence)
    if written.undo:
        typer.echo(f"To take it back: {written.undo}")


def _money(text: str) -> Decimal | None:
    if not text:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation as wrong:
        raise UsageInvalid(
            f"{text!r} is not an amount\n  do           write it as 1250.00"
        ) from wrong
    if not amount.is_finite():
        raise UsageInvalid(f"{text!r} is not an amount\n  do           write it as 1250.00")
    return amount
