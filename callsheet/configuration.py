"""The configuration of a day: what accounts are decided by, kept so that a past day can be too."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from json import loads
from pathlib import Path

import duckdb

from callsheet.calendars import closed_days, known_calendars, public_holidays
from callsheet.decision import Configuration
from callsheet.decision.questions import FOLDER
from callsheet.keys import canonical_text, digest
from callsheet.scenarios.assignment import Rule, load_rules
from callsheet.scenarios.scenario import Scenario, content_of, load_scenarios, scenario_from
from callsheet.settings import DecisionSettings, Settings
from callsheet.store import lake
from callsheet.store.lake import InLake
from callsheet.store.tables import ConfigVersion
from callsheet.store.transaction import Transaction

YEARS_AROUND = 2  # whole years, so that the hash of the calendars changes once a year
CONTENT_VERSION = 2

_Stamp = tuple[tuple[str, int, int], ...]  # name, size and time of each file of a folder


def configuration_of(
    tx: Transaction,
    settings: Settings,
    as_of: date,
    snapshots: Sequence[InLake],
    *,
    keep: bool = True,
) -> Configuration:
    """Return what `as_of` is decided by, and keep it when it is new (`keep` False: only look).

    ConfigurationInvalid lists every error of the scenario and rule files.
    """
    scenarios, rules = _scenarios(settings.scenarios, _stamp(settings.scenarios))
    calendars = _calendars(tx.duckdb(), snapshots, settings.home / "lake")
    first = date(as_of.year - YEARS_AROUND, 1, 1)
    last = date(as_of.year + YEARS_AROUND, 12, 31)
    closed = {calendar: closed_days(calendar, first, last) for calendar in calendars}
    if settings.decision.public_holidays_customer:
        closed |= _with_countries(closed, _countries(tx.duckdb()), range(first.year, last.year + 1))
    content = _content(settings.decision, scenarios, rules)
    hash_ = digest(canonical_text([content, _days(closed), _engine()]))
    if keep:
        _keep(tx, hash_, as_of, content, closed)
    return Configuration(settings.decision, scenarios, rules, closed, hash_)


def kept_configuration(tx: Transaction, hash_: str) -> Configuration | None:
    """Return the configuration kept under `hash_`, whatever the files say now; None: not kept."""
    rows = tx.fetch(
        "select content, closed_days from config_version where config_hash = $hash", hash=hash_
    )
    content = loads(rows[0][0]) if rows else {}
    if content.get("v") != CONTENT_VERSION:
        return None
    return Configuration(
        DecisionSettings.model_validate(content["settings"]),
        tuple(scenario_from(scenario) for scenario in content["scenarios"]),
        tuple(Rule(*rule) for rule in content["rules"]),
        {
            calendar: frozenset(date.fromisoformat(day) for day in days)
            for calendar, days in loads(rows[0][1]).items()
        },
        hash_,
    )


def scenarios_in(folder: Path) -> dict[str, Scenario]:
    """Return the scenarios of `folder` by key; files that did not change are not read again."""
    return {scenario.key: scenario for scenario in _scenarios(folder, _stamp(folder))[0]}


@lru_cache(maxsize=8)
def _scenarios(folder: Path, _stamp: _Stamp) -> tuple[tuple[Scenario, ...], tuple[Rule, ...]]:
    scenarios = load_scenarios(folder)
    return tuple(scenarios.values()), load_rules(folder, scenarios)


def _stamp(folder: Path) -> _Stamp:
    """Return what tells whether a file of `folder` was edited since it was read."""
    stats = ((path.name, path.stat()) for path in sorted(folder.glob("*.yaml")))
    return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)


def _calendars(
    con: duckdb.DuckDBPyConnection, snapshots: Sequence[InLake], folder: Path
) -> list[str]:
    lake.attach(con, snapshots, folder)
    rows = con.execute("select distinct calendar from entities order by 1").fetchall()
    return [calendar for (calendar,) in rows if calendar]


def _countries(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the countries of the customers."""
    rows = con.execute("select distinct country from customers order by 1").fetchall()
    return [country for (country,) in rows if country is not None]


def _with_countries(
    closed: Mapping[str, frozenset[date]], countries: Iterable[str], years: range
) -> dict[str, frozenset[date]]:
    """Return each calendar with the public holidays of each country beside its own closed days.

    A country of no known calendar adds none.
    """
    abroad = {
        country: frozenset(
            day
            for year in years
            for day in (public_holidays(country, year) if country in known_calendars() else ())
        )
        for country in countries
    }
    return {
        f"{calendar}+{country}": days | holidays
        for calendar, days in closed.items()
        for country, holidays in abroad.items()
    }


def _content(
    settings: DecisionSettings, scenarios: Iterable[Scenario], rules: Iterable[Rule]
) -> str:
    return canonical_text(
        {
            "v": CONTENT_VERSION,
            "settings": settings.model_dump(mode="json"),
            "scenarios": [content_of(scenario) for scenario in scenarios],
            "rules": [[rule.order, rule.when, rule.scenario] for rule in rules],
        }
    )


def _days(closed: Mapping[str, Iterable[date]]) -> dict[str, list[str]]:
    return {calendar: sorted(day.isoformat() for day in days) for calendar, days in closed.items()}


@lru_cache(maxsize=1)
def _engine() -> str:
    """Return what stands for the engine: its version, and every question the decision asks."""
    folders = (FOLDER / "decision", FOLDER / "fold")
    texts = [path.read_text("utf-8") for folder in folders for path in sorted(folder.glob("*.sql"))]
    return digest(canonical_text([duckdb.__version__, *texts]))


def _keep(
    tx: Transaction,
    hash_: str,
    as_of: date,
    content: str,
    closed: Mapping[str, Iterable[date]],
) -> None:
    known = tx.fetch("select 1 from config_version where config_hash = $hash", hash=hash_)
    if not known:
        tx.add(
            ConfigVersion(
                config_hash=hash_,
                on_day=as_of,
                content=content,
                closed_days=canonical_text(_days(closed)),
            )
        )
