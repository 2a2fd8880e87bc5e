"""The clocks change twice a year: every schedule plays each of its days once (B068)."""

import asyncio
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from callsheet.calendars import SendingWindow, sending_window

ROOT = Path(__file__).parents[2]
SCHEDULES = [
    schedule
    for deployment in yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
    for schedule in deployment.get("schedules") or ()
]
CHANGES = [date(2026, 3, 29), date(2026, 10, 25)]  # 02:30 does not exist, then exists twice


def times_around(schedule, change):
    """The local days and hours a schedule plays, from the week before to the week after."""
    from prefect.server.schemas.schedules import CronSchedule

    cron = CronSchedule(cron=schedule["cron"], timezone=schedule["timezone"])
    begin = datetime(change.year, change.month, change.day - 7, tzinfo=UTC)
    end = datetime(change.year, change.month, change.day + 2, 23, tzinfo=UTC)
    found = asyncio.run(cron.get_dates(1000, begin, end))
    zone = ZoneInfo(schedule["timezone"])
    return [moment.astimezone(zone) for moment in found]


@pytest.mark.parametrize("change", CHANGES, ids=str)
@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda one: one["slug"])
def test_b068_no_day_is_left_out_or_played_twice_when_the_clocks_change(schedule, change):
    if schedule["cron"].split()[1] == "*":
        pytest.skip("plays every hour: what it does twice it does once")

    times = times_around(schedule, change)

    assert times
    assert max(Counter((moment.date(), moment.time()) for moment in times).values()) == 1
    days = {moment.date() for moment in times}
    weekdays = {
        date(change.year, change.month, day)
        for day in range(change.day - 7, change.day + 3)
        if date(change.year, change.month, day).weekday() < 5
    }
    assert days == weekdays


def window() -> SendingWindow:
    return sending_window(
        {
            "entity": "FR1", "time_zone": "Europe/Paris", "calendar": "FR",
            "sending_from": "08:00", "sending_until": "18:00",
        }
    )  # fmt: skip


def test_b068_the_sending_window_opens_at_eight_by_the_clock_on_the_wall():
    before, after = datetime(2026, 3, 27, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC)

    assert not window().is_open(before.replace(hour=6, minute=59))
    assert window().is_open(before.replace(hour=7))
    assert not window().is_open(after.replace(hour=5, minute=59))
    assert window().is_open(after.replace(hour=6))
