"""The one place that reads the clock. Everyone else is handed `as_of` or a moment."""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


def now() -> datetime:
    """Return this moment, aware, in UTC."""
    return datetime.now(UTC)


def today(time_zone: str) -> date:
    """Return the calendar day it is now in `time_zone` (an IANA name)."""
    return now().astimezone(ZoneInfo(time_zone)).date()


def running_from(moment: datetime) -> Callable[[], datetime]:
    """Return a clock that shows `moment` now and runs on from there."""
    started = time.monotonic()
    return lambda: moment + timedelta(seconds=time.monotonic() - started)
