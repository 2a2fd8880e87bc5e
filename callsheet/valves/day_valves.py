"""The valves of a day's plan: pure functions over what an entity means to do today."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median
from typing import Any

from callsheet.settings import ValveSettings
from callsheet.valves.trip import Trip, Valve

FORECAST_DAYS = 10  # how far a day forecasts the next ones; after a longer pause it says nothing


@dataclass(frozen=True)
class DayFigures:
    """What an entity's plan of a day comes to.

    `forecast` is what this day's decision says of the next days: how many steps fall due on each.
    """

    entity: str
    on_day: date
    planned: int = 0
    customers: int = 0  # that are written to, called or visited
    active: int = 0  # customers with an open item
    notices: int = 0  # formal notices
    at_one_address: int = 0  # customers that one address is written to for
    forecast: Mapping[str, int] = field(default_factory=dict)

    def as_text(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        return {**vars(self), "on_day": self.on_day.isoformat(), "forecast": dict(self.forecast)}

    @classmethod
    def of_text(cls, plain: Mapping[str, Any]) -> "DayFigures":
        """Return the figures that `as_text` wrote."""
        return cls(**{**plain, "on_day": date.fromisoformat(plain["on_day"])})


Before = Sequence[DayFigures]  # of the days before, the latest first
DayValve = Callable[[DayFigures, Before, ValveSettings], Iterator[Trip]]


@dataclass(frozen=True)
class Played:
    """A step that is played today: its day in the scenario, and when it was due."""

    step_day: int
    leader_due: date
    due_on: date


def day_of_next_step(today: date, played: Played, step_days: Iterable[int]) -> date | None:
    """Return when the step after `played` is to be expected; None after the last one.

    Nobody waits for it yet, as today's step is not done; but it falls due, and often soon: a
    courtesy mail put off over a weekend is followed by its call on Tuesday.
    """
    later = [day for day in step_days if day > played.step_day]
    if not later:
        return None
    gap = min(later) - played.step_day
    from_due = played.leader_due + timedelta(days=min(later))
    from_last = played.due_on + timedelta(days=gap) if played.step_day >= 0 else from_due
    return max(from_due, from_last, today + timedelta(days=1))


def usual_day(today: date, before: Before, limits: ValveSettings) -> float | None:
    """Return how many steps today was to have; None when nobody can know.

    It is what the last day's decision forecast for the days since, else the median of the last
    eight days.
    """
    if not before:
        return None
    last = before[0]
    if (today - last.on_day).days <= FORECAST_DAYS:
        return sum(
            count
            for day, count in last.forecast.items()
            if last.on_day < date.fromisoformat(day) <= today
        )
    return median(one.planned for one in before[: limits.volume_days])


def volume(now: DayFigures, before: Before, limits: ValveSettings) -> Iterator[Trip]:
    """Open when far more is to be done than the usual day; far beyond, two persons say yes."""
    usual = usual_day(now.on_day, before, limits)
    if usual is None or now.planned <= limits.volume_floor:
        return
    if now.planned > limits.volume_hold * usual:
        yield Trip(
            Valve.VOLUME, now.entity,
            f"{now.planned} actions are planned, where {usual:g} were to be expected",
            now.on_day.isoformat(),
            {"planned": str(now.planned), "usual": f"{usual:g}"},
            persons=2 if now.planned > limits.volume_second_person * usual else 1,
        )  # fmt: skip


def share(now: DayFigures, before: Before, limits: ValveSettings) -> Iterator[Trip]:
    """Open when too many of the active customers are contacted, and nobody could expect it.

    With end-of-month terms a third of all customers can be due the same courtesy mail: the last
    day's decision has forecast that.
    """
    usual = usual_day(now.on_day, before, limits)
    is_forecast = usual is not None and now.planned <= usual * limits.share_forecast
    is_many = now.planned > limits.volume_floor and now.customers > now.active * limits.share
    if is_many and before and not is_forecast:
        yield Trip(
            Valve.SHARE, now.entity,
            f"{now.customers} of {now.active} active customers are contacted",
            now.on_day.isoformat(),
            {"customers": str(now.customers), "active": str(now.active)},
        )  # fmt: skip


def notices(now: DayFigures, _before: Before, limits: ValveSettings) -> Iterator[Trip]:
    """Open when too many of the active customers get a formal notice."""
    if now.notices > max(limits.notices_floor, now.active * limits.notices):
        yield Trip(
            Valve.NOTICES, now.entity,
            f"{now.notices} formal notices to {now.active} active customers",
            now.on_day.isoformat(),
            {"notices": str(now.notices), "active": str(now.active)},
        )  # fmt: skip


def one_address(now: DayFigures, _before: Before, limits: ValveSettings) -> Iterator[Trip]:
    """Open when one address is written to for many customers at once."""
    if now.at_one_address > limits.one_address:
        yield Trip(
            Valve.CONTACT_FREQUENCY, now.entity,
            f"one address is written to for {now.at_one_address} customers",
            now.on_day.isoformat(), {"customers": str(now.at_one_address)},
        )  # fmt: skip


DAY_VALVES: tuple[tuple[Valve, DayValve], ...] = (
    (Valve.VOLUME, volume),
    (Valve.SHARE, share),
    (Valve.NOTICES, notices),
    (Valve.CONTACT_FREQUENCY, one_address),
)


def trips_of_day(now: DayFigures, before: Before, limits: ValveSettings) -> list[Trip]:
    """Return every valve that opens over a day's plan, those switched off left out."""
    return [
        trip
        for valve, opens in DAY_VALVES
        if valve not in limits.off
        for trip in opens(now, before, limits)
    ]
