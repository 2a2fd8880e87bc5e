"""The valves of a dispatch: pure functions over what is known before anything leaves."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from callsheet.keys import digest
from callsheet.settings import ValveSettings
from callsheet.valves.trip import Trip, Valve


@dataclass(frozen=True)
class Feed:
    """A source's last good snapshot; '' and None when there is none."""

    source: str
    snapshot_id: str
    extracted_at: datetime | None
    cadence_hours: int


@dataclass(frozen=True)
class Fates:
    """What became of the last messages of a channel, by action."""

    channel: str
    sent: int = 0
    came_back: tuple[str, ...] = ()
    complained: tuple[str, ...] = ()


@dataclass(frozen=True)
class Home:
    """Who may send: the environment, the warehouse, and the machines a person has named."""

    environment: str
    warehouse: str
    machines: tuple[str, ...]


def stale_feed(feed: Feed, now: datetime) -> Trip | None:
    """Open when a source's last good snapshot is older than its cadence allows."""
    age = None if feed.extracted_at is None else now - feed.extracted_at
    if age is not None and age <= timedelta(hours=feed.cadence_hours):
        return None
    hours = "none yet" if age is None else f"{age // timedelta(hours=1)} h old"
    found = f"the last good snapshot is {hours}, {feed.cadence_hours} h are allowed"
    return Trip(Valve.STALE_FEED, feed.source, found, feed.snapshot_id, {"age": hours})


def open_doubts(doubts: Collection[str], limits: ValveSettings) -> Trip | None:
    """Open when too many messages may have been sent or not."""
    if len(doubts) <= limits.open_doubts:
        return None
    found = f"{len(doubts)} messages may have been sent or not"
    case = digest("|".join(sorted(doubts)))
    return Trip(Valve.OPEN_DOUBTS, "", found, case, {"doubts": str(len(doubts))})


def bounces(fates: Fates, limits: ValveSettings) -> Trip | None:
    """Open when too many of the last messages came back."""
    back = len(fates.came_back)
    if fates.sent < limits.bounces_floor or back <= fates.sent * limits.bounces:
        return None
    found = f"{back} of the last {fates.sent} messages came back"
    return Trip(Valve.BOUNCES, fates.channel, found, digest("|".join(sorted(fates.came_back))),
                {"came_back": str(back), "sent": str(fates.sent)})  # fmt: skip


def complaints(fates: Fates, limits: ValveSettings) -> Trip | None:
    """Open when too many of the last recipients called it spam: in a hundred, one is too many."""
    told = len(fates.complained)
    if not told or told <= fates.sent * limits.complaints:
        return None
    found = f"{told} of the last {fates.sent} recipients called it spam"
    return Trip(Valve.COMPLAINTS, fates.channel, found, digest("|".join(sorted(fates.complained))),
                {"complaints": str(told), "sent": str(fates.sent)})  # fmt: skip


def authorization(channel: str, reason: str) -> Trip:
    """Open at the first refusal that the next message would meet as well."""
    found = f"the provider carries nothing of ours ({reason})"
    return Trip(Valve.AUTHORIZATION, channel, found, "", {"reason": reason})


def clock(now: datetime, last_at: datetime | None, limits: ValveSettings) -> Trip | None:
    """Open when the ledger knows of a later moment than the clock shows."""
    if last_at is None or now >= last_at - timedelta(minutes=limits.clock_minutes):
        return None
    found = f"the clock shows {now:%Y-%m-%d %H:%M}, the ledger ends at {last_at:%Y-%m-%d %H:%M}"
    return Trip(Valve.CLOCK, "", found, last_at.isoformat(), {"ledger": last_at.isoformat()})


def environment(bound: Home | None, here: Home) -> Trip | None:
    """Open when environment, warehouse or machine are not those that may send."""
    if bound is None:
        return None
    [machine] = here.machines
    differs = [
        f"{name} {ours!r}, not {theirs!r}"
        for name, ours, theirs in (
            ("environment", here.environment, bound.environment),
            ("warehouse", here.warehouse, bound.warehouse),
        )
        if ours != theirs
    ]
    if machine not in bound.machines:
        differs.append(f"machine {machine!r}, not {' or '.join(map(repr, bound.machines))}")
    if not differs:
        return None
    case = "|".join((here.environment, here.warehouse, machine))
    return Trip(Valve.ENVIRONMENT, "", "; ".join(differs), case)


def contacted_too_often(
    mail_days: Sequence[tuple[str, int]], limits: ValveSettings
) -> frozenset[str]:
    """Return who had mail on too many of the last days; each comes with how many days."""
    return frozenset(who for who, days in mail_days if days >= limits.contacts)
