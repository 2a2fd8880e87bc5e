"""Which days are closed in an entity's calendar, and when its messages may leave.

A calendar is a country (`FR`, `GB`, `BE`) or a country and its part (`GB-ENG`, `DE-BY`), as the
`holidays` library names them. `WEEKENDS` keeps Saturdays and Sundays only.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays

from callsheet.errors import ConfigurationInvalid

WEEKENDS_ONLY = "WEEKENDS"
SATURDAY = 5
ONE_DAY = timedelta(days=1)
DEFAULT_FROM = time(8, 0)
DEFAULT_UNTIL = time(19, 0)


@lru_cache(maxsize=1024)
def public_holidays(calendar: str, year: int) -> frozenset[date]:
    """Return the public holidays of one year; ConfigurationInvalid for an unknown calendar."""
    if calendar == WEEKENDS_ONLY:
        return frozenset()
    country, _, part = calendar.partition("-")
    try:
        found = holidays.country_holidays(country, subdiv=part or None, years=[year])
    except NotImplementedError as unknown:
        raise ConfigurationInvalid(
            f"entities, calendar {calendar!r}: no such calendar\n"
            f"  found        {unknown}\n"
            "  do           write a country (FR, GB, BE) or a country and its part (GB-ENG, DE-BY)"
        ) from unknown
    return frozenset(found)


@lru_cache(maxsize=1)
def known_calendars() -> frozenset[str]:
    """Return every name that a calendar may have."""
    countries = holidays.list_supported_countries()
    parts = {f"{country}-{part}" for country, found in countries.items() for part in found}
    return frozenset({WEEKENDS_ONLY, *countries, *parts})


@lru_cache(maxsize=256)
def closed_days(calendar: str, first: date, last: date) -> frozenset[date]:
    """Return every weekend day and public holiday from `first` to `last`, both included."""
    years = range(first.year, last.year + 1)
    closed = {day for year in years for day in public_holidays(calendar, year)}
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return frozenset(day for day in days if day.weekday() >= SATURDAY or day in closed)


def is_closed(calendar: str, day: date) -> bool:
    """Say whether nothing is played on `day`."""
    return day.weekday() >= SATURDAY or day in public_holidays(calendar, day.year)


def next_open_day(calendar: str, day: date) -> date:
    """Return `day` when it is open, else the first open day after it."""
    while is_closed(calendar, day):
        day += ONE_DAY
    return day


def working_days_after(calendar: str, day: date, count: int) -> date:
    """Return the `count`-th open day after `day`; `day` itself when `count` is 0."""
    for _ in range(count):
        day = next_open_day(calendar, day + ONE_DAY)
    return day


def working_day_before(calendar: str, day: date, count: int) -> date:
    """Return the last day after which, up to `day`, there are `count` open days."""
    while count > 0:
        count -= not is_closed(calendar, day)
        day -= ONE_DAY
    return day


def working_days_between(first: date, last: date, closed: Set[date]) -> int:
    """Return how many open days lie after `first` and up to `last`."""
    days = (first + timedelta(days=n) for n in range(1, (last - first).days + 1))
    return sum(day not in closed for day in days)


@dataclass(frozen=True)
class SendingWindow:
    """When an entity's automatic messages may leave: local hours on open days."""

    time_zone: str
    calendar: str
    opens: time = DEFAULT_FROM
    closes: time = DEFAULT_UNTIL

    def local(self, moment: datetime) -> datetime:
        """Return `moment` as the entity's clock shows it."""
        return moment.astimezone(zone(self.time_zone))

    def is_open(self, moment: datetime) -> bool:
        """Say whether a message may leave at `moment` (aware); the closing minute is outside."""
        local = self.local(moment)
        if is_closed(self.calendar, local.date()):
            return False
        return self.opens <= local.time() < self.closes

    def next_opening(self, moment: datetime) -> datetime:
        """Return `moment` when the window is open, else the moment it opens next."""
        if self.is_open(moment):
            return moment
        local = self.local(moment)
        day = local.date() if local.time() < self.opens else local.date() + ONE_DAY
        day = next_open_day(self.calendar, day)
        return datetime.combine(day, self.opens, zone(self.time_zone)).astimezone(moment.tzinfo)


def sending_window(entity_row: Mapping[str, object]) -> SendingWindow:
    """Return the sending window of a row of the canonical table `entities`."""
    return SendingWindow(
        time_zone=str(entity_row["time_zone"]),
        calendar=str(entity_row["calendar"]),
        opens=_hour(entity_row, "sending_from", DEFAULT_FROM),
        closes=_hour(entity_row, "sending_until", DEFAULT_UNTIL),
    )


def in_window(entity_row: Mapping[str, object], moment: datetime) -> bool:
    """Say whether an automatic message of this entity may leave at `moment`."""
    return sending_window(entity_row).is_open(moment)


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo:
    """Return the time zone called `name`; ConfigurationInvalid when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, IsADirectoryError) as unknown:
        raise ConfigurationInvalid(
            f"entities, time_zone {name!r}: no such time zone\n"
            "  do           write an IANA name, as Europe/Paris"
        ) from unknown


def _hour(row: Mapping[str, object], column: str, default: time) -> time:
    text = row.get(column)
    if not text:
        return default
    try:
        return time.fromisoformat(str(text))
    except ValueError as wrong:
        raise ConfigurationInvalid(
            f"entities, entity {row.get('entity')}, {column}: {text!r} is not an hour\n"
            "  do           write it as 08:00"
        ) from wrong
