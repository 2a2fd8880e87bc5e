"""The closed days of made-up worlds: weekends and holidays as their settings list them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from callsheet.errors import UsageInvalid

World = Mapping[str, Any]
MARGIN = timedelta(days=40)
FURTHEST = timedelta(days=366 * 12)  # closed days are known so far from the day decided
ONE_DAY = timedelta(days=1)
_GAPS = ("min_gap_days", "new_run_gap_days", "retry_days", "predue_gap_days")


def calendar_of(world: World) -> str:
    """Return the name of the calendar that a world's settings describe."""
    settings = world["settings"]
    own = f"{sorted(settings.get('weekend', (6, 7)))} {sorted(settings.get('holidays', ()))}"
    if not settings.get("public_holidays_customer"):
        return own
    return f"{own} {sorted(settings.get('country_holidays', {}).items())}"


def closed_days_of(worlds: Sequence[World]) -> dict[str, frozenset[date]]:
    """Return the closed days of each calendar, over the days its worlds can reach."""
    spans: dict[str, tuple[date, date, World]] = {}
    for world in worlds:
        first, last = _reach(world)
        name = calendar_of(world)
        known = spans.get(name, (first, last, world))
        spans[name] = (min(first, known[0]), max(last, known[1]), world)
    closed = {name: _closed(*span) for name, span in spans.items()}
    for world in worlds:
        if world["settings"].get("public_holidays_customer"):
            closed |= _with_countries(world, closed[calendar_of(world)])
    return closed


def _with_countries(world: World, own: frozenset[date]) -> dict[str, frozenset[date]]:
    """Return the calendar of a world with the holidays of each of its customers' countries."""
    holidays = world["settings"].get("country_holidays", {})
    return {
        f"{calendar_of(world)}+{country}": own
        | {date.fromisoformat(day) for day in holidays.get(country, ())}
        for country in {row.get("country") for row in world["customers"]} - {None}
    }


def _closed(first: date, last: date, world: World) -> frozenset[date]:
    weekend = set(world["settings"].get("weekend", (6, 7)))
    if len(weekend) == 7:
        raise UsageInvalid("settings, weekend: a week without an open day")
    holidays = {date.fromisoformat(day) for day in world["settings"].get("holidays", ())}
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return frozenset({day for day in days if day.isoweekday() in weekend} | holidays)


def _reach(world: World) -> tuple[date, date]:
    """Return the first and the last day that a decision on `world` can ask about."""
    today = date.fromisoformat(world["today"])
    days = [day for day in _days(world) if abs(day - today) <= FURTHEST]
    offsets = [abs(int(step["offset"])) for one in world["scenarios"] for step in one["steps"]]
    gaps = sum(int(world["settings"].get(name, 0)) for name in _GAPS)
    ahead = min(timedelta(days=2 * max(offsets, default=0) + gaps), FURTHEST)
    return min([today, *days]) - MARGIN, max([today, *days]) + ahead + MARGIN


def _days(world: World) -> Iterator[date]:
    named: set[str] = set()
    for item in world["items"]:
        named.add(item.get("due_date") or "")
    for event in world["history"]:
        named |= {event["on"], event.get("due_on") or "", event.get("leader_due") or ""}
    for exclusion in world["exclusions"]:
        named.add(exclusion.get("until") or "")
    return (date.fromisoformat(day) for day in named if day)
