"""Play many days in a row as the flow would have, in a home of their own, and ask what came of it.

A replay sends nothing: its channels are the outbox. People are played by a rule that is named.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from callsheet.calendars import WEEKENDS_ONLY, is_closed
from callsheet.day import Receiving, play_day
from callsheet.desk.playing_people import PlayingPeople
from callsheet.errors import UsageInvalid
from callsheet.reading.day_summary import answers
from callsheet.settings import Channels, Settings
from callsheet.snapshots.remembered_delivery import RememberedDeliveries
from callsheet.store.transaction import Transaction
from callsheet.store.warehouse import Warehouse

MORNING = time(10, 30, tzinfo=UTC)  # inside every European sending window
ENVIRONMENT = "replay"


@dataclass(frozen=True)
class StepCount:
    """What became of one step of a scenario over all days."""

    scenario: str
    step: str
    day: int
    planned: int
    done: int
    skipped: int
    failed: int
    withdrawn: int
    still_open: int


@dataclass(frozen=True)
class ReplaySummary:
    """What a replay came to, asked of its history."""

    from_day: date
    until_day: date
    people: str
    days: int
    accounts: int  # that had at least one step done
    steps: tuple[StepCount, ...]
    twice: tuple[tuple[str, str, int], ...]  # must be empty

    def as_text(self) -> dict[str, object]:
        """Return the summary as plain data."""
        return {
            "from": self.from_day.isoformat(),
            "until": self.until_day.isoformat(),
            "people": self.people,
            "days": self.days,
            "accounts_acted_on": self.accounts,
            "actions_done": sum(step.done for step in self.steps),
            "steps": [vars(step) for step in self.steps],
            "twice": [list(row) for row in self.twice],
        }


def replay(
    settings: Settings,
    from_day: date,
    until_day: date,
    *,
    people: PlayingPeople,
    home: Path,
    progress: Callable[[date, int, int], None] = lambda *_: None,
    receiving: Receiving | None = None,
) -> ReplaySummary:
    """Play every business day from `from_day` to `until_day` in `home`, which must be empty.

    `progress` hears of each day, its number and how many there are. UsageInvalid when `home`
    holds a warehouse already, or is the one of the settings.
    """
    settings = in_its_own_home(settings, home)
    days = list(business_days(from_day, until_day))
    warehouse = Warehouse.of(settings)
    receiving = receiving or RememberedDeliveries()
    with warehouse.held():
        _ask_on_one_thread(warehouse)
        for number, day in enumerate(days, start=1):
            play_day(settings, day, datetime.combine(day, MORNING), people, receiving)
            progress(day, number, len(days))
        with warehouse.reading() as tx:
            return summarise_replay(tx, from_day, until_day, people.named, len(days))


def _ask_on_one_thread(warehouse: Warehouse) -> None:
    """A day is hundreds of small questions: sharing each out costs a quarter more than it saves."""
    with warehouse.transaction() as tx:
        tx.execute("set threads to 1")


def in_its_own_home(settings: Settings, home: Path) -> Settings:
    """Return settings that play in `home`, into an outbox and an embedded warehouse."""
    if home.resolve() == settings.home.resolve():
        raise UsageInvalid(f"{home}: a replay needs a home of its own\n  do           name another")
    if (home / "warehouse.duckdb").exists():
        raise UsageInvalid(
            f"{home}: a replay was played here already\n"
            "  do           name an empty folder, or start afresh with --fresh"
        )
    default = Settings()
    return settings.model_copy(
        update={
            "home": home,
            "environment": ENVIRONMENT,
            "warehouse": default.warehouse,
            "lake_url": default.lake_url,
            "anchors": None,
            "channels": Channels(),
        }
    )


def start_afresh(home: Path) -> None:
    """Remove what an earlier replay left in `home`; UsageInvalid when it is no replay's home."""
    if not home.exists() or not any(home.iterdir()):
        return
    if not (home / "warehouse.duckdb").exists():
        raise UsageInvalid(f"{home}: this is not the home of a replay; nothing was removed")
    shutil.rmtree(home)


def business_days(from_day: date, until_day: date) -> Iterator[date]:
    """Yield Monday to Friday; the holidays of each entity are the decision's to keep."""
    if until_day < from_day:
        raise UsageInvalid(f"from {from_day} to {until_day}: the end lies before the beginning")
    for number in range((until_day - from_day).days + 1):
        day = from_day + timedelta(number)
        if not is_closed(WEEKENDS_ONLY, day):
            yield day


def summarise_replay(
    tx: Transaction, from_day: date, until_day: date, people: str, days: int
) -> ReplaySummary:
    """Return what the history says of all days together."""
    span = {"from_day": from_day, "until_day": until_day}
    accounts = answers(tx, "accounts_acted", **span)[0][0]
    return ReplaySummary(
        from_day=from_day,
        until_day=until_day,
        people=people,
        days=days,
        accounts=accounts,
        steps=tuple(StepCount(*row) for row in answers(tx, "played_steps", **span)),
        twice=tuple((what, subject, times) for what, subject, times in answers(tx, "played_twice")),
    )
