"""What a customer told us of items: a promise, a dispute; and holds, which are ours.

Each takes items out of their scenario for a time: an exclusion and its event, together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import duckdb

from callsheet.calendars import WEEKENDS_ONLY, working_days_after
from callsheet.desk.exclusions import Opening, close_exclusion, exclusion_named, open_exclusion
from callsheet.desk.naming import OpenItem, check_customer, item_named, overdue_items
from callsheet.dispatching.open_actions import Telling
from callsheet.errors import UsageInvalid
from callsheet.history import NewEvent, record
from callsheet.keys import digest
from callsheet.settings import Settings
from callsheet.snapshots.freshest import receivables
from callsheet.store.state_tables import Exclusion
from callsheet.store.transaction import Transaction
from callsheet.vocabulary import ExclusionKind

_ENOUGH = Decimal("0.95")  # of the items' open amount: such a promise takes them out
OUTCOMES = ("justified", "rejected")
_DISPUTE = frozenset({"dispute"})
_RELEASABLE = frozenset({"hold", "promise", "litigation"})


@dataclass(frozen=True)
class Told:
    """What was written down, in a sentence, and the command that takes it back."""

    ids: tuple[str, ...]
    sentence: str
    undo: str = ""


def promise(
    tx: Transaction,
    settings: Settings,
    customer: str,
    promised_on: date,
    told: Telling,
    *,
    items: Sequence[str] = (),
    entity: str = "",
    amount: Decimal | None = None,
    note: str = "",
) -> Told:
    """Record a promise to pay the named items (none named: all that is overdue).

    They are out of their scenario until the end of that day and `promise_grace` working days, if
    the promise covers 95 % of their open amount. A smaller promise is recorded and changes nothing.
    """
    con = receivables(tx, settings, told.on_day)
    check_customer(con, customer)
    if promised_on < told.on_day:
        raise UsageInvalid(f"promised for {promised_on}: that day is over")
    meant = [item_named(con, item) for item in items]
    meant = meant or overdue_items(con, customer, entity, told.on_day)
    _must_belong(meant, customer)
    total = _one_currency(meant)
    if amount is not None and amount < total * _ENOUGH:
        return _small_promise(
            tx, told, customer=customer, promised_on=promised_on, amount=amount, items=meant
        )
    opened = [
        open_exclusion(tx, _promised(con, settings, item, promised_on, told.on_day), told, note)
        for item in meant
    ]
    ids = tuple(one.exclusion_id for one in opened)
    numbers = ", ".join(item.number for item in meant)
    return Told(
        ids,
        f"{customer} promises {numbers} for {promised_on}; left in peace until"
        f" {max(one.until_day for one in opened if one.until_day)}",
        f"callsheet release {ids[0][:8]} --mistake" if len(ids) == 1 else "",
    )


def dispute(
    tx: Transaction,
    settings: Settings,
    item: str,
    reason: str,
    told: Telling,
    *,
    amount: Decimal | None = None,
    resolver: str = "",
    note: str = "",
) -> Told:
    """Record that a customer disputes an item, or `amount` of it; the rest stays collectable.

    The reason is a word of the settings' list: it is counted by, shown to colleagues, and kept
    when the customer is erased. Own words are for the note, which is sealed.
    """
    _must_be_listed(reason, settings.dispute_reasons)
    con = receivables(tx, settings, told.on_day)
    meant = item_named(con, item)
    if amount is not None and not 0 < amount <= meant.open_amount:
        raise UsageInvalid(
            f"{meant.number}: {amount} {meant.currency} cannot be disputed\n"
            f"  found        {meant.open_amount} {meant.currency} open"
        )
    opening = Opening(
        kind=ExclusionKind.DISPUTE,
        what="dispute",
        customer=meant.customer,
        entity=meant.entity,
        item=meant.item,
        from_day=told.on_day,
        amount=None if amount == meant.open_amount else amount,
        reason=reason,
        resolver=resolver,
    )
    opened = open_exclusion(tx, opening, told, note)
    part = f"{amount} {meant.currency} of " if opening.amount is not None else ""
    return Told(
        (opened.exclusion_id,),
        f"{meant.customer} disputes {part}{meant.number}: {reason} ({opened.exclusion_id[:8]})",
        f"callsheet resolve {opened.exclusion_id[:8]} --mistake",
    )


def resolve(
    tx: Transaction,
    settings: Settings,
    name: str,
    outcome: str,
    told: Telling,
    *,
    is_mistake: bool = False,
    note: str = "",
) -> Told:
    """Close a dispute: `justified` (it will be credited or corrected) or `rejected`.

    After a rejected dispute the item goes on where it was; after a justified one, as the settings
    say. Today is its last day. A mistake counts as if it had never been recorded.
    """
    if not is_mistake and outcome not in OUTCOMES:
        raise UsageInvalid(f"outcome {outcome!r}: a dispute ends {' or '.join(OUTCOMES)}")
    standing = _standing(tx, settings, name, told.on_day, _DISPUTE)
    goes_on = "continue" if is_mistake or outcome == "rejected" else ""
    said = "mistake" if is_mistake else outcome
    close_exclusion(
        tx, standing, told, outcome=said, on_return=goes_on, is_mistake=is_mistake, note=note
    )
    return Told((standing.exclusion_id,), f"dispute over {standing.item} is closed: {said}")


def hold(
    tx: Transaction,
    settings: Settings,
    customer: str,
    why: str,
    told: Telling,
    *,
    entity: str = "",
    item: str = "",
    until: date | None = None,
) -> Told:
    """Leave a customer (in one entity, or one item) in peace until a day, or until released."""
    con = receivables(tx, settings, told.on_day)
    check_customer(con, customer)
    if until is not None and until < told.on_day:
        raise UsageInvalid(f"hold until {until}: that day is over")
    meant = item_named(con, item) if item else None
    if meant is not None:
        _must_belong([meant], customer)
    opening = Opening(
        kind=ExclusionKind.HOLD,
        what="hold",
        customer=customer,
        entity=meant.entity if meant else entity,
        item=meant.item if meant else "",
        from_day=told.on_day,
        until_day=until,
    )
    opened = open_exclusion(tx, opening, told, why)
    end = f"until {until}" if until else "until it is released"
    return Told(
        (opened.exclusion_id,),
        f"{meant.number if meant else customer} is on hold {end} ({opened.exclusion_id[:8]})",
        f"callsheet release {opened.exclusion_id[:8]}",
    )


def release(
    tx: Transaction, settings: Settings, name: str, told: Telling, *, is_mistake: bool = False
) -> Told:
    """Lift a hold or give up a promise: today is its last day; a mistake never counted."""
    standing = _standing(tx, settings, name, told.on_day, _RELEASABLE)
    outcome = "mistake" if is_mistake else "lifted"
    on_return = "continue" if is_mistake else ""
    close_exclusion(tx, standing, told, outcome=outcome, on_return=on_return, is_mistake=is_mistake)
    when = "it never counted" if is_mistake else "today is its last day"
    return Told((standing.exclusion_id,), f"{standing.what} {standing.exclusion_id[:8]}: {when}")


def _standing(
    tx: Transaction, settings: Settings, name: str, as_of: date, whats: frozenset[str]
) -> Exclusion:
    con = receivables(tx, settings, as_of)
    rows = con.execute(
        "select item from open_items where item = $name or number = $name", {"name": name}
    ).fetchall()
    items = frozenset({name, *(row[0] for row in rows)})
    return exclusion_named(tx, name, as_of, whats, items)


def _must_be_listed(reason: str, known: Sequence[str]) -> None:
    if reason not in known:
        raise UsageInvalid(
            "dispute: no such reason is listed\n"
            f"  listed       {', '.join(known)}\n"
            "  do           choose one; say the rest in --note, which is kept sealed"
        )


def _must_belong(items: Sequence[OpenItem], customer: str) -> None:
    if not items:
        raise UsageInvalid(f"{customer}: nothing is overdue\n  do           name the items")
    for item in items:
        if item.customer != customer:
            raise UsageInvalid(f"{item.number} is {item.customer}'s, not {customer}'s")


def _one_currency(items: Sequence[OpenItem]) -> Decimal:
    currencies = sorted({item.currency for item in items})
    if len(currencies) > 1:
        raise UsageInvalid(
            f"a promise is about one currency, these items are in {', '.join(currencies)}\n"
            "  do           record one promise for each: name the items"
        )
    return sum((item.open_amount for item in items), Decimal(0))


def _promised(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    item: OpenItem,
    promised_on: date,
    from_day: date,
) -> Opening:
    """Return what a promise takes out: the item, to the end of its day and the grace after it."""
    rows = con.execute(
        "select calendar from entities where entity = $entity", {"entity": item.entity}
    ).fetchall()
    calendar = rows[0][0] if rows else WEEKENDS_ONLY
    return Opening(
        kind=ExclusionKind.SPECIFIC_ACTION,
        what="promise",
        customer=item.customer,
        entity=item.entity,
        item=item.item,
        from_day=from_day,
        until_day=working_days_after(calendar, promised_on, settings.decision.promise_grace),
        promised_on=promised_on,
    )


def _small_promise(
    tx: Transaction,
    told: Telling,
    *,
    customer: str,
    promised_on: date,
    amount: Decimal,
    items: Sequence[OpenItem],
) -> Told:
    """Record a promise that does not cover its items: they stay in their scenario."""
    said = {
        "promised_on": promised_on.isoformat(),
        "amount": str(amount),
        "items": [item.item for item in items],
    }
    subject = "promise:" + digest(f"{customer}|{said}|{told.on_day}")[:32]
    event = NewEvent(
        subject=subject,
        no=1,
        kind="person",
        on_day=told.on_day,
        happened_at=told.happened_at,
        author=told.author,
        reason="promise_too_small",
        customer=customer,
        detail=said,
    )
    record(tx, [event])
    return Told(
        (),
        f"{customer} promises {amount} for {promised_on}: less than 95 % of the items,"
        " which stay in their scenario",
    )
