"""The valves of a delivery: pure functions over its figures and those of the last pulls.

A share is judged only of enough rows: a company of ten invoices loses three on a good day.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from statistics import median
from typing import Any

from callsheet.settings import ValveSettings
from callsheet.valves.trip import Trip, Valve


@dataclass(frozen=True)
class PullFigures:
    """What a delivery comes to. `rows` is by table; of the items also as `open_items EUR`."""

    source: str
    case: str  # the digest of what was delivered
    rows: Mapping[str, int] = field(default_factory=dict)
    medians: Mapping[str, Decimal] = field(default_factory=dict)  # open amounts by currency
    new_items: Mapping[str, int] = field(default_factory=dict)  # or of another amount than before
    new_medians: Mapping[str, Decimal] = field(default_factory=dict)
    items_before: int = 0
    items_gone: int = 0
    items_newer_before: int = 0  # of the last pull's items: issued after anything delivered now
    items_alike: str = ""  # two deliveries of the very same open items have the same text here
    contacts_before: int = 0
    contacts_changed: int = 0  # gone, or they say something else
    rows_in: int = 0
    quarantined: int = 0
    quarantined_amount: float = 0.0  # the largest share of a currency's open amount
    bank_changed: tuple[str, ...] = ()  # entities whose account number is another

    def as_text(self) -> dict[str, Any]:
        """Return the figures as plain data; amounts are text."""
        plain = asdict(self)
        for name in ("medians", "new_medians"):
            plain[name] = {key: str(one) for key, one in plain[name].items()}
        return plain | {"bank_changed": list(self.bank_changed)}

    @classmethod
    def of_text(cls, plain: Mapping[str, Any]) -> "PullFigures":
        """Return the figures that `as_text` wrote."""
        amounts = {
            name: {key: Decimal(one) for key, one in plain[name].items()}
            for name in ("medians", "new_medians")
        }
        return cls(**{**plain, **amounts, "bank_changed": tuple(plain["bank_changed"])})


@dataclass(frozen=True)
class _Lost:
    """How many of the last delivery's rows are gone or others, and which share is too many."""

    found: int
    before: int
    share: float
    words: str


Before = Sequence[PullFigures]
PullValve = Callable[[PullFigures, Before, ValveSettings], Iterator[Trip]]


def pull_drop(now: PullFigures, before: Before, limits: ValveSettings) -> Iterator[Trip]:
    """Open when a table lost a share of its usual rows, or a currency of the items all of them."""
    for table, usual in _usual_rows(before).items():
        found = now.rows.get(table, 0)
        least = 1 if " " in table else usual * (1 - limits.pull_drop)
        if usual >= limits.pull_floor_rows and found < least:
            yield _trip(
                Valve.PULL_DROP, now, f"{table}: {found} rows, where {usual:g} are usual",
                table=table, rows=found, usual=usual,
            )  # fmt: skip
            return


def pull_rise(now: PullFigures, before: Before, limits: ValveSettings) -> Iterator[Trip]:
    """Open when a table has far more rows than usual."""
    for table, usual in _usual_rows(before).items():
        found = 0 if " " in table else now.rows.get(table, 0)
        if found >= limits.pull_floor_rows and found > usual * (1 + limits.pull_rise):
            yield _trip(
                Valve.PULL_RISE, now, f"{table}: {found} rows, where {usual:g} are usual",
                table=table, rows=found, usual=usual,
            )  # fmt: skip
            return


def old_delivery(now: PullFigures, before: Before, limits: ValveSettings) -> Iterator[Trip]:
    """Open when a delivery is older than the last one: its newest items are missing, or it is one
    that was delivered before.
    """
    missing, alike = now.items_newer_before, [one.items_alike for one in before]
    if missing >= limits.newer_items:
        found = f"{missing} open items of the last delivery are newer than any of this one"
        yield _trip(Valve.OLD_DELIVERY, now, found, missing=missing)
    elif (
        now.rows.get("open_items", 0) >= limits.pull_floor_rows
        and now.items_alike in alike[1:]
        and now.items_alike not in {"", alike[0]}
    ):
        number = alike.index(now.items_alike)
        found = f"its open items are those of {number + 1} deliveries ago, to the last cent"
        yield _trip(Valve.OLD_DELIVERY, now, found, deliveries_ago=number + 1)


def mass_clearing(now: PullFigures, _before: Before, limits: ValveSettings) -> Iterator[Trip]:
    """Open when too many of the last pull's items are gone at once."""
    lost = _Lost(now.items_gone, now.items_before, limits.mass_clearing, "open items are gone")
    yield from _too_many(Valve.MASS_CLEARING, now, lost, limits)


def mass_change(now: PullFigures, _before: Before, limits: ValveSettings) -> Iterator[Trip]:
    """Open when too many contacts are gone or say something else at once."""
    words = "contacts are others than before"
    lost = _Lost(now.contacts_changed, now.contacts_before, limits.mass_change, words)
    yield from _too_many(Valve.MASS_CHANGE, now, lost, limits)


def quarantine_share(now: PullFigures, _before: Before, limits: ValveSettings) -> Iterator[Trip]:
    """Open when too many rows, or too much of what is open, was set aside."""
    share = now.quarantined / now.rows_in if now.rows_in else 0.0
    is_much = share > limits.quarantined_rows and now.quarantined >= limits.quarantined_floor
    if is_much or now.quarantined_amount > limits.quarantined_amount:
        yield _trip(
            Valve.QUARANTINE_SHARE, now,
            f"{now.quarantined} of {now.rows_in} rows set aside, with"
            f" {now.quarantined_amount:.1%} of the open amount",
            quarantined=now.quarantined, rows_in=now.rows_in,
            amount=f"{now.quarantined_amount:.4f}",
        )  # fmt: skip


def amount_scale(now: PullFigures, before: Before, limits: ValveSettings) -> Iterator[Trip]:
    """Open when the median amount of a currency, or of its new items, left its usual size."""
    all_items = {name: now.rows.get(f"open_items {name}", 0) for name in now.medians}
    for currency, usual in _usual_medians(before).items():
        for what, medians, counts in (
            ("open items", now.medians, all_items),
            ("new items", now.new_medians, now.new_items),
        ):
            found = medians.get(currency)
            if found is None or counts.get(currency, 0) < limits.amount_floor_items or not usual:
                continue
            if found >= usual * limits.amount_scale or found * limits.amount_scale <= usual:
                yield _trip(
                    Valve.AMOUNT_SCALE, now,
                    f"the median of {what} in {currency} is {found:,.2f}, usually {usual:,.2f}",
                    currency=currency, median=found, usual=usual,
                )  # fmt: skip
                return


def bank_details(now: PullFigures, _before: Before, _limits: ValveSettings) -> Iterator[Trip]:
    """Open when our own bank account is another than in the last pull: two persons say yes."""
    if now.bank_changed:
        who = ", ".join(now.bank_changed)
        trip = _trip(Valve.BANK_DETAILS, now, f"the bank account of {who} is another", entities=who)
        yield Trip(**{**vars(trip), "persons": 2})


PULL_VALVES: Mapping[Valve, PullValve] = {
    Valve.PULL_DROP: pull_drop,
    Valve.PULL_RISE: pull_rise,
    Valve.OLD_DELIVERY: old_delivery,
    Valve.MASS_CLEARING: mass_clearing,
    Valve.MASS_CHANGE: mass_change,
    Valve.QUARANTINE_SHARE: quarantine_share,
    Valve.AMOUNT_SCALE: amount_scale,
    Valve.BANK_DETAILS: bank_details,
}


def trips_of_pull(now: PullFigures, before: Before, limits: ValveSettings) -> list[Trip]:
    """Return every valve that opens over a delivery, those switched off left out."""
    return [
        trip
        for valve, opens in PULL_VALVES.items()
        if valve not in limits.off
        for trip in opens(now, before, limits)
    ]


def _usual_rows(before: Before) -> dict[str, float]:
    tables = sorted({table for one in before for table in one.rows})
    return {table: median(one.rows.get(table, 0) for one in before) for table in tables}


def _usual_medians(before: Before) -> dict[str, Decimal]:
    currencies = sorted({currency for one in before for currency in one.medians})
    return {
        currency: median(one.medians[currency] for one in before if currency in one.medians)
        for currency in currencies
    }


def _too_many(valve: Valve, now: PullFigures, lost: _Lost, limits: ValveSettings) -> Iterator[Trip]:
    if lost.before >= limits.pull_floor_rows and lost.found > lost.before * lost.share:
        found = f"{lost.found} of {lost.before} {lost.words}"
        yield _trip(valve, now, found, found=lost.found, before=lost.before)


def _trip(valve: Valve, now: PullFigures, said: str, **figures: object) -> Trip:
    return Trip(
        valve, now.source, said, now.case, {name: str(one) for name, one in figures.items()}
    )
