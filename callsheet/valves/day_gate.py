"""After a day was planned: its figures are kept, its valves asked, the next days forecast."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from callsheet.decision import Configuration
from callsheet.scenarios.scenario import Scenario
from callsheet.settings import Settings
from callsheet.store.transaction import Transaction
from callsheet.valves.breakers import AUTHOR, trip
from callsheet.valves.day_valves import (
    FORECAST_DAYS,
    DayFigures,
    Played,
    day_of_next_step,
    trips_of_day,
)
from callsheet.valves.measures import days_before, figures_of_day, keep_days
from callsheet.valves.situation import Told, is_watched
from callsheet.valves.terms_gate import check_terms
from callsheet.valves.trip import Trip

_SQL = Path(__file__).parents[1] / "sql" / "valves"


def check_day(
    tx: Transaction,
    settings: Settings,
    configuration: Configuration,
    planned: Mapping[str, Sequence[str]],
    *,
    as_of: date,
    now: datetime,
) -> list[Trip]:
    """Ask the valves of what was `planned` (ids by channel) under a `configuration`.

    Returns those that hold something.

    It reads the snapshots' views of the transaction's DuckDB connection, and the states as the
    day's decision left them.
    """
    if not is_watched(settings):
        return []
    ids = [one for several in planned.values() for one in several]
    days = _days(tx, configuration, ids, as_of)
    before = days_before(tx, as_of, settings.valves.volume_days)
    keep_days(tx, days, now)
    trips = [
        one
        for day in days
        for one in trips_of_day(day, before.get(day.entity, []), settings.valves)
    ]
    told = Told(as_of, now, AUTHOR)
    return trip(tx, trips, told) + check_terms(tx, configuration, ids, settings.valves, told)


def _days(
    tx: Transaction, configuration: Configuration, ids: Sequence[str], as_of: date
) -> list[DayFigures]:
    """Return the figures of each entity; what was planned before on the same day is counted in."""
    con = tx.duckdb()
    kept = figures_of_day(tx, as_of)
    parameters = {"by_customer": _decides_by_customer(tx)}
    active = dict(con.execute(_query("active_customers"), parameters).fetchall())
    rows = tx.fetch(_query("planned_actions"), ids=list(ids), **parameters)
    planned = {row[0]: row[1:] for row in rows}
    forecast = _forecast(tx, as_of, {one.key: one for one in configuration.scenarios})
    days = []
    for entity in sorted({*kept, *active, *planned}):
        first = kept.get(entity, DayFigures(entity, as_of))
        count, customers, notices, at_one_address = planned.get(entity, (0, 0, 0, 0))
        days.append(
            replace(
                first,
                planned=first.planned + count,
                customers=first.customers + customers,
                notices=first.notices + notices,
                at_one_address=max(first.at_one_address, at_one_address),
                active=active.get(entity, 0),
                forecast=dict(forecast.get(entity, {})),
            )
        )
    return days


def _decides_by_customer(tx: Transaction) -> bool:
    """Say whether one customer is one unit: then all entities are judged together."""
    rows = tx.fetch("select 1 from account_state where entity = '' limit 1")
    return bool(rows)


def _forecast(
    tx: Transaction, as_of: date, scenarios: Mapping[str, Scenario]
) -> dict[str, Counter[str]]:
    """Return the steps of the next days: those waited for, and those that follow today's."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    until = as_of + timedelta(days=FORECAST_DAYS)
    for entity, day, steps in tx.fetch(_query("forecast"), as_of=as_of, until=until):
        found[entity][day.isoformat()] += steps
    for entity, scenario, *played, accounts in tx.fetch(_query("acting_today"), as_of=as_of):
        steps = scenarios[scenario].steps if scenario in scenarios else ()
        day = day_of_next_step(as_of, Played(*played), [step.day for step in steps])
        if day is not None and day <= until:
            found[entity][day.isoformat()] += accounts
    return found


def _query(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text("utf-8")
