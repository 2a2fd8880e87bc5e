"""Exclusions that people open and close: a row of `exclusion` and its event, in one transaction."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid5

from callsheet.dispatching.open_actions import Telling
from callsheet.errors import UsageInvalid
from callsheet.history import NewEvent, record
from callsheet.keys import NAMESPACE, canonical_text
from callsheet.store.state_tables import Exclusion
from callsheet.store.transaction import Transaction
from callsheet.vocabulary import ExclusionKind

KIND = "exclusion"
_SHORTEST_PREFIX = 6
_COLUMNS = tuple(Exclusion.model_fields)


@dataclass(frozen=True)
class Opening:
    """What a person takes out of the scenarios, from when to when, and why."""

    kind: ExclusionKind
    what: str  # promise, dispute, hold …
    customer: str
    entity: str
    from_day: date
    item: str = ""
    until_day: date | None = None
    amount: Decimal | None = None
    reason: str = ""
    resolver: str = ""
    promised_on: date | None = None

    def exclusion_id(self, recorded_on: date) -> str:
        """Return its key: the same statement on the same day is the same exclusion."""
        fact = [self.what, self.customer, self.entity, self.item, recorded_on.isoformat()]
        return str(uuid5(NAMESPACE, canonical_text(["exclusion", *fact])))


def open_exclusion(tx: Transaction, opening: Opening, told: Telling, note: str = "") -> Exclusion:
    """Record an exclusion; UsageInvalid when the very same one stands already."""
    exclusion_id = opening.exclusion_id(told.on_day)
    last = _last_version(tx, exclusion_id)
    new = Exclusion(
        exclusion_id=exclusion_id,
        no=1 if last is None else last.no + 1,
        recorded_on=told.on_day,
        origin="person",
        author=told.author,
        **vars(opening),
    )
    if last is not None and _says(last) == _says(new):
        raise UsageInvalid(f"{opening.what} {exclusion_id[:8]}: it was recorded already today")
    _write(tx, new, told, "open", note)
    return new


def close_exclusion(
    tx: Transaction,
    standing: Exclusion,
    told: Telling,
    *,
    outcome: str,
    on_return: str = "",
    is_mistake: bool = False,
    note: str = "",
) -> Exclusion:
    """End an exclusion today, its last day; a mistake is ended before it began."""
    last_day = standing.from_day - timedelta(days=1) if is_mistake else told.on_day
    fields = standing.model_dump() | {
        "no": standing.no + 1,
        "until_day": last_day,
        "recorded_on": told.on_day,
        "outcome": outcome,
        "author": told.author,
    }
    if on_return:
        fields["on_return"] = on_return
    closed = Exclusion(**fields)
    _write(tx, closed, told, "closed", note)
    return closed


def standing_exclusions(tx: Transaction, as_of: date) -> list[Exclusion]:
    """Return what is not over on `as_of`, by its last version, people's first."""
    rows = tx.fetch(
        f"select distinct on (exclusion_id) {', '.join(_COLUMNS)} from exclusion"  # noqa: S608  # names of our own
        " order by exclusion_id, no desc"
    )
    found = [Exclusion(**dict(zip(_COLUMNS, row, strict=True))) for row in rows]
    standing = [one for one in found if one.until_day is None or one.until_day >= as_of]
    return sorted(standing, key=lambda one: (one.origin != "person", one.exclusion_id))


def exclusion_named(
    tx: Transaction, name: str, as_of: date, whats: frozenset[str], items: frozenset[str]
) -> Exclusion:
    """Return the one standing exclusion that `name` means: its id's start, customer or item.

    `items` are the ids of the item that `name` is the number of. UsageInvalid when none or
    several do.
    """
    meant = [
        one
        for one in standing_exclusions(tx, as_of)
        if one.what in whats
        and (
            (len(name) >= _SHORTEST_PREFIX and one.exclusion_id.startswith(name))
            or (one.item in items if one.item else one.customer == name)
        )
    ]
    kinds = " or ".join(sorted(whats))
    if not meant:
        raise UsageInvalid(f"{name}: no {kinds} stands under this id, customer or item")
    if len(meant) > 1:
        ids = ", ".join(one.exclusion_id[:8] for one in meant[:5])
        raise UsageInvalid(
            f"{name}: several stand under it: {ids}\n  do           name one by its id"
        )
    return meant[0]


def _last_version(tx: Transaction, exclusion_id: str) -> Exclusion | None:
    rows = tx.fetch(
        f"select {', '.join(_COLUMNS)} from exclusion"  # noqa: S608  # names of our own
        " where exclusion_id = $id order by no desc limit 1",
        id=exclusion_id,
    )
    return Exclusion(**dict(zip(_COLUMNS, rows[0], strict=True))) if rows else None


def _says(exclusion: Exclusion) -> dict[str, object]:
    return exclusion.model_dump(exclude={"no", "author", "recorded_on"})


def _write(tx: Transaction, row: Exclusion, told: Telling, state: str, note: str) -> None:
    """Write the version and its event; the number they share settles a race."""
    said = row.model_dump(mode="json", exclude={"exclusion_id", "no", "author", "customer"})
    detail = {name: value for name, value in said.items() if value not in {None, ""}}
    if row.amount is not None:
        detail["amount"] = str(row.amount)
    tx.add(row)
    event = NewEvent(
        subject=row.exclusion_id,
        no=row.no,
        kind=KIND,
        on_day=told.on_day,
        happened_at=told.happened_at,
        author=told.author,
        state=state,
        reason=row.what,
        customer=row.customer,
        entity=row.entity,
        detail=detail | ({"note": note} if note else {}),
    )
    record(tx, [replace(event)])
