"""Figures that are kept: what the pulls and the days before came to."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from callsheet.keys import canonical_text
from callsheet.store.arrow_types import arrow_schema
from callsheet.store.transaction import Transaction, known_table
from callsheet.valves.day_valves import DayFigures
from callsheet.valves.pull_valves import PullFigures

PULL, DAY = "pull", "day"


def pulls_before(tx: Transaction, source: str, as_of: date, most: int) -> list[PullFigures]:
    """Return the figures of the last pulls, the latest first.

    A pull that a person said yes to is the first of a new kind: those before it say nothing more.
    """
    rows = tx.fetch(
        "select figures, is_accepted from measure where kind = $kind and scope = $source"
        " and on_day <= $as_of order by on_day desc, taken_at desc",
        kind=PULL,
        source=source,
        as_of=as_of,
    )
    found: list[PullFigures] = []
    for figures, is_accepted in rows[:most]:
        found.append(PullFigures.of_text(json.loads(figures)))
        if is_accepted:
            break
    return found


def keep_pull(
    tx: Transaction, figures: PullFigures, on_day: date, now: datetime, *, is_accepted: bool
) -> None:
    """Keep what a pull came to."""
    row = _row(PULL, figures.source, on_day, figures.as_text(), now)
    _keep(tx, [row | {"subject": figures.case, "is_accepted": is_accepted}])


def days_before(tx: Transaction, as_of: date, most: int) -> dict[str, list[DayFigures]]:
    """Return, by entity, the figures of the last days before `as_of`, the latest first."""
    rows = tx.fetch(
        "select scope, figures from measure where kind = $kind and on_day < $as_of"
        " and on_day >= (select coalesce(min(on_day), $as_of) from ("
        "   select distinct on_day from measure where kind = $kind and on_day < $as_of"
        "   order by on_day desc limit $most) as last_days) order by on_day desc",
        kind=DAY,
        as_of=as_of,
        most=most,
    )
    found: dict[str, list[DayFigures]] = {}
    for entity, figures in rows:
        found.setdefault(entity, []).append(DayFigures.of_text(json.loads(figures)))
    return found


def figures_of_day(tx: Transaction, as_of: date) -> dict[str, DayFigures]:
    """Return, by entity, what was kept of the day itself."""
    rows = tx.fetch(
        "select scope, figures from measure where kind = $kind and on_day = $as_of",
        kind=DAY,
        as_of=as_of,
    )
    return {entity: DayFigures.of_text(json.loads(figures)) for entity, figures in rows}


def keep_days(tx: Transaction, days: Iterable[DayFigures], now: datetime) -> None:
    """Keep what a day's plan came to, in place of what was kept of it before."""
    _keep(tx, [_row(DAY, one.entity, one.on_day, one.as_text(), now) for one in days])


def _row(
    kind: str, scope: str, on_day: date, figures: Mapping[str, Any], now: datetime
) -> dict[str, object]:
    return {
        "kind": kind, "scope": scope, "on_day": on_day, "subject": "",
        "figures": canonical_text(figures), "is_accepted": False, "taken_at": now,
    }  # fmt: skip


def _keep(tx: Transaction, rows: list[dict[str, object]]) -> None:
    if rows:
        tx.replace("measure", pa.Table.from_pylist(rows, arrow_schema(known_table("measure"))))
