"""Breakers as they stand: opened by a valve, closed by a person with a name and a reason.

The table says how each stands now; every opening and closing is an event of the ledger.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Protocol

import pyarrow as pa

from callsheet.errors import UsageInvalid
from callsheet.history import NewEvent, record
from callsheet.keys import canonical_text
from callsheet.sealing.words import hidden, shown
from callsheet.store.arrow_types import arrow_schema
from callsheet.store.transaction import Transaction, known_table
from callsheet.valves.canary import Canary
from callsheet.valves.trip import END_BY_THEMSELVES, OF_A_PULL, Trip, Valve

KIND = "breaker"
AUTHOR = "valves"
_COLUMNS = (
    "name", "scope", "is_open", "since_at", "on_day", "reason", "trip_case", "figures", "persons",
    "yes_by", "closed_by", "closed_why", "closed_at",
)  # fmt: skip


class Telling(Protocol):
    """Who says so, on which business day, at which moment."""

    @property
    def on_day(self) -> date:
        """The business day."""

    @property
    def happened_at(self) -> datetime:
        """The moment."""

    @property
    def author(self) -> str:
        """Who says so."""


@dataclass(frozen=True)
class Breaker:
    """One breaker as it stands."""

    name: Valve
    scope: str
    is_open: bool
    since_at: datetime
    on_day: date
    reason: str
    trip_case: str
    figures: Mapping[str, Any]
    persons: int = 1
    yes_by: str = ""
    closed_by: str = ""
    closed_why: str = ""
    closed_at: datetime | None = None


def breakers(tx: Transaction, *, only_open: bool = True, name: str = "") -> list[Breaker]:
    """Return the breakers, open ones only or all, of one name or of all, the oldest first."""
    rows = tx.fetch(
        f"select {', '.join(_COLUMNS)} from breaker"  # noqa: S608  # names of our own
        " where (is_open or not $only_open) and $name in ('', name) order by since_at, name, scope",
        only_open=only_open,
        name=name,
    )
    found = [_breaker(row) for row in rows]
    reasons = shown(tx, [one.reason for one in found])
    whys = shown(tx, [one.closed_why for one in found])
    return [
        replace(one, reason=reason, closed_why=why)
        for one, reason, why in zip(found, reasons, whys, strict=True)
    ]


def trip(tx: Transaction, trips: Sequence[Trip], told: Telling) -> list[Trip]:
    """Open a breaker for each of `trips`; return those that hold something now.

    A case that a person has said yes to opens nothing. A breaker that is open stays as it is.
    """
    if not trips:
        return []
    tx.alone("ledger")
    known = {(one.name, one.scope): one for one in breakers(tx, only_open=False)}
    opened: list[Breaker] = []
    holding: list[Trip] = []
    for one in trips:
        before = known.get((one.valve, one.scope))
        if before is not None and not before.is_open and before.trip_case == one.case:
            continue
        holding.append(one)
        if before is None or not before.is_open:
            known[one.valve, one.scope] = _opened(one, told)
            opened.append(known[one.valve, one.scope])
    _write(tx, opened)
    record(tx, [_event(tx, one, told, "opened", {}) for one in opened])
    return holding


def enter(tx: Transaction, one: Breaker, told: Telling, state: str) -> None:
    """Write how a breaker stands, and its event; `state` is what became of it."""
    _write(tx, [one])
    record(tx, [_event(tx, one, told, state, {})])


def end(tx: Transaction, valve: Valve, scope: str, why: str, told: Telling) -> None:
    """Close a breaker that ends by itself, if it is open: what ended it is said in `why`."""
    tx.alone("ledger")
    for one in breakers(tx, name=valve):
        if one.scope == scope:
            _close(tx, one, why, told)


def close(
    tx: Transaction, name: str, why: str, told: Telling, *, scope: str | None = None
) -> list[Breaker]:
    """Close the open breakers called `name` (of one scope, or of all); return how they stand.

    A breaker that needs two persons stays open after the first yes. UsageInvalid when there is
    none, when no reason is given, or when the same person says yes twice.
    """
    tx.alone("ledger")
    if not why.strip():
        raise UsageInvalid("closing a breaker needs a reason\n  do           add --why '…'")
    found = [one for one in breakers(tx, name=name) if scope in (None, one.scope)]
    if not found:
        raise UsageInvalid(
            f"{name}: no such breaker is open\n  do           callsheet breaker list"
        )
    if found[0].name in END_BY_THEMSELVES:
        raise UsageInvalid(
            f"{name} ends by itself when its cause is gone: {found[0].reason}\n"
            "  do           mend the cause; `callsheet breaker show` says how"
        )
    return [_said_yes(tx, one, why, told) for one in found]


def holds_decision(tx: Transaction) -> list[Breaker]:
    """Return the open breakers over a delivery: nothing is decided while there is one."""
    return [one for one in breakers(tx) if one.name in OF_A_PULL]


def _said_yes(tx: Transaction, one: Breaker, why: str, told: Telling) -> Breaker:
    if told.author == one.yes_by or told.author in _confirmers(tx, one):
        raise UsageInvalid(
            f"{one.name}: {told.author} has said yes already; another person closes it\n"
            "  do           ask a colleague, who names themselves with --by"
        )
    if one.persons > 1 and not one.yes_by:
        half = replace(one, yes_by=told.author)
        _write(tx, [half])
        record(tx, [_event(tx, half, told, "first_yes", {"why": why})])
        return half
    return _close(tx, one, why, told)


def _confirmers(tx: Transaction, one: Breaker) -> set[str]:
    """Return who confirmed messages of a day that is too full: another person must look at it."""
    if one.name is not Valve.VOLUME:
        return set()
    rows = tx.fetch(
        "select distinct author from event where kind = 'confirmation' and on_day = $on_day"
        " and $scope in ('', entity)",
        on_day=one.on_day,
        scope=one.scope,
    )
    return {author for (author,) in rows}


def _close(tx: Transaction, one: Breaker, why: str, told: Telling) -> Breaker:
    closed = replace(
        one,
        is_open=False,
        closed_by=told.author,
        closed_why=why,
        closed_at=told.happened_at,
        figures=_after_yes(one),
    )
    _write(tx, [closed])
    record(tx, [_event(tx, closed, told, "closed", {"why": why})])
    return closed


def _after_yes(one: Breaker) -> Mapping[str, Any]:
    """Return the figures after a yes: texts on trial are proved, a new place may send."""
    if one.name is Valve.CANARY:
        return Canary.of_text(one.figures).proving().as_text()
    if one.name is Valve.ENVIRONMENT and "here" in one.figures:
        found, bound = one.figures["here"], one.figures["bound"]
        is_same = found["warehouse"] == bound["warehouse"]
        machines = sorted({*found["machines"], *(bound["machines"] if is_same else ())})
        return {"bound": {**found, "machines": machines}}
    return one.figures


def rewrite(tx: Transaction, one: Breaker) -> None:
    """Keep new figures of a breaker; how it stands is not changed."""
    _write(tx, [one])


def _opened(one: Trip, told: Telling) -> Breaker:
    return Breaker(
        name=one.valve,
        scope=one.scope,
        is_open=True,
        since_at=told.happened_at,
        on_day=told.on_day,
        reason=one.found,
        trip_case=one.case,
        figures=dict(one.figures),
        persons=one.persons,
    )


def _event(
    tx: Transaction, one: Breaker, told: Telling, state: str, more: Mapping[str, str]
) -> NewEvent:
    subject = f"breaker:{one.name}:{one.scope}"
    rows = tx.fetch("select coalesce(max(no), 0) from event where subject = $s", s=subject)
    return NewEvent(
        subject=subject,
        no=int(rows[0][0]) + 1,
        kind=KIND,
        state=state,
        reason=str(one.name),
        on_day=told.on_day,
        happened_at=told.happened_at,
        author=told.author,
        detail={
            "scope": one.scope,
            "found": one.reason,
            "case": one.trip_case,
            "figures": one.figures,
            **more,
        },
    )


def _write(tx: Transaction, rows: Sequence[Breaker]) -> None:
    if not rows:
        return
    said = zip(
        hidden(tx, [one.reason for one in rows]),
        hidden(tx, [one.closed_why for one in rows]),
        strict=True,
    )
    plain = [
        vars(one)
        | {"name": str(one.name), "figures": canonical_text(one.figures)}
        | {"reason": reason, "closed_why": why}
        for one, (reason, why) in zip(rows, said, strict=True)
    ]
    tx.replace("breaker", pa.Table.from_pylist(plain, arrow_schema(known_table("breaker"))))


def _breaker(row: Sequence[Any]) -> Breaker:
    fields = dict(zip(_COLUMNS, row, strict=True))
    fields["name"], fields["figures"] = Valve(fields["name"]), json.loads(fields["figures"])
    return Breaker(**fields)
