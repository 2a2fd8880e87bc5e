"""Before a delivery is published: its figures are taken, and its valves asked.

What they hold is not published, and nothing is decided until a person has said yes or no.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from callsheet.errors import CallsheetError, PullRejected
from callsheet.in_memory import in_memory
from callsheet.settings import Settings
from callsheet.store.lake import QUARANTINE
from callsheet.store.transaction import Transaction
from callsheet.store.warehouse import Warehouse
from callsheet.validation.validated import Validated
from callsheet.valves.breakers import AUTHOR, breakers, holds_decision, trip
from callsheet.valves.measures import keep_pull, pulls_before
from callsheet.valves.pull_valves import PullFigures, trips_of_pull
from callsheet.valves.situation import Told, is_watched
from callsheet.valves.trip import TOLD, Trip, Valve

_SQL = Path(__file__).parents[1] / "sql" / "valves"
_COMPARED = ("open_items", "contacts", "entities")
_COUNTED = ("open_items", "customers", "contacts")


class PullHeld(PullRejected):
    """A valve holds a delivery: it is not published until a person says that it is right."""

    def __init__(self, source: str, trips: Sequence[Trip]) -> None:
        lines = [f"  {one.valve:<18}{one.found}" for one in trips]
        do = "read docs/valves.md, then `callsheet breaker list`; nothing is decided meanwhile"
        super().__init__(
            str(trips[0].valve),
            "\n".join([f"source {source}: a breaker holds the delivery", *lines, f"  do  {do}"]),
        )
        self.trips = tuple(trips)


class DecisionHeld(CallsheetError):
    """A breaker over a delivery is open: nothing is decided until a person closes it."""


@dataclass(frozen=True)
class PullGate:
    """The valves of one judged delivery."""

    settings: Settings
    validated: Validated
    as_of: date
    now: datetime

    @contextmanager
    def opening(self, warehouse: Warehouse) -> Iterator[None]:
        """Open the breakers of a delivery that is held inside: PullHeld goes on."""
        try:
            yield
        except PullHeld as held:
            with warehouse.transaction() as tx:
                trip(tx, held.trips, Told(self.as_of, self.now, AUTHOR))
            raise

    def check(self, tx: Transaction, folder: Path, previous: Path | None) -> None:
        """Take the figures of the snapshot in `folder` and keep them; PullHeld if one trips."""
        if not is_watched(self.settings):
            return
        limits = self.settings.valves
        source = self.validated.staged.source
        figures = figures_of(self.validated, folder, previous, self.as_of)
        before = pulls_before(tx, source, self.as_of, limits.last_pulls)
        trips = trips_of_pull(figures, before, limits)
        accepted = _accepted(tx, source)
        held = [one for one in trips if (one.valve, one.case) not in accepted]
        if held:
            raise PullHeld(source, held)
        keep_pull(tx, figures, self.as_of, self.now, is_accepted=bool(trips))


def refuse_held(tx: Transaction, settings: Settings) -> None:
    """Raise DecisionHeld while a breaker over a delivery is open."""
    if not is_watched(settings):
        return
    for one in holds_decision(tx):
        raise DecisionHeld(
            f"breaker {one.name} of source {one.scope} is open since {one.since_at:%Y-%m-%d %H:%M}"
            f"\n  found        {one.reason}\n  do           {TOLD[one.name].do}"
        )


def figures_of(
    validated: Validated, folder: Path, previous: Path | None, as_of: date
) -> PullFigures:
    """Return what a judged delivery comes to, beside the last pull in `previous`."""
    staged = validated.staged
    with in_memory() as con:
        rows = _show(con, validated, folder, previous)
        by_currency = con.execute(_query("items_by_currency")).fetchall()
        [(items_before, items_gone)] = con.execute(_query("items_gone")).fetchall()
        newest = con.execute(_query("newest_items"), {"as_of": as_of}).fetchall()
        [(items_newer_before, items_alike)] = newest
        [(contacts_before, contacts_changed)] = con.execute(_query("contacts_changed")).fetchall()
        bank = con.execute(_query("bank_changed")).fetchall()
        amount = _amount_set_aside(con, validated, folder)
    counts = validated.counts.values()
    is_first = previous is None
    return PullFigures(
        source=staged.source,
        case=f"{staged.delivery}@{as_of}" if staged.mapping.carries_history else staged.delivery,
        rows={**rows, **{f"open_items {name}": count for name, count, *_ in by_currency}},
        medians={name: size for name, _, size, *_ in by_currency if size is not None},
        new_items={} if is_first else {name: new for name, _, _, new, _ in by_currency},
        new_medians={} if is_first else {row[0]: row[4] for row in by_currency if row[4]},
        items_before=items_before,
        items_gone=items_gone,
        items_newer_before=items_newer_before,
        items_alike=items_alike,
        contacts_before=contacts_before,
        contacts_changed=contacts_changed,
        rows_in=sum(one.rows_in for one in counts),
        quarantined=validated.quarantined,
        quarantined_amount=amount,
        bank_changed=tuple(entity for (entity,) in bank),
    )


def _show(
    con: duckdb.DuckDBPyConnection, validated: Validated, folder: Path, previous: Path | None
) -> dict[str, int]:
    """Show the new and the last tables to `con`; return how many rows the new ones have.

    Of a whole file, lines that came twice count twice: that is how a doubled export is seen.
    """
    for name in _COMPARED:
        con.read_parquet(str(folder / f"{name}.parquet")).create_view(name)
        before = previous / f"{name}.parquet" if previous else None
        if before is not None and before.exists():
            con.read_parquet(str(before)).create_view(f"{name}_before")
        else:
            con.view(name).filter("false").create_view(f"{name}_before")
    rows = {}
    for name in _COUNTED:
        rows[name] = _count(con, folder / f"{name}.parquet")
        counts, mapping = validated.counts.get(name), validated.staged.mapping
        if counts and not mapping.carries_history and mapping.mode_of(name) == "stock":
            rows[name] += counts.duplicates
    return rows


def _amount_set_aside(con: duckdb.DuckDBPyConnection, validated: Validated, folder: Path) -> float:
    delivered = validated.staged.folder / "open_items.parquet"
    if not validated.quarantined or not delivered.exists():
        return 0.0
    items = con.read_parquet(str(delivered))
    items.select("line, currency, open_amount").create_view("delivered_items")
    aside = con.read_parquet(str(folder / QUARANTINE)).filter("table_name = 'open_items'")
    aside.select("line").distinct().create_view("set_aside")
    return float(con.execute(_query("amount_set_aside")).fetchall()[0][0])


def _count(con: duckdb.DuckDBPyConnection, file: Path) -> int:
    counted: Any = con.read_parquet(str(file)).aggregate("count(*)").fetchone()
    return int(counted[0])


def _accepted(tx: Transaction, source: str) -> set[tuple[Valve, str]]:
    """Return what a person said yes to when closing: the valve and the delivery."""
    return {
        (one.name, one.trip_case)
        for one in breakers(tx, only_open=False)
        if one.scope == source and not one.is_open
    }


def _query(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text("utf-8")
