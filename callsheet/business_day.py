"""Which day a run plays, and the moment it writes down."""

from datetime import UTC, date, datetime, time

from callsheet import clock
from callsheet.settings import Settings

OFFICE_HOUR = time(10, 0, tzinfo=UTC)  # inside every European sending window


def business_day(settings: Settings, as_of: date | None) -> date:
    """Return the day to play: the one asked for, the sample's, or today in our time zone."""
    return as_of or settings.sample_day or clock.today(settings.time_zone)


def business_moment(settings: Settings, as_of: date) -> datetime:
    """Return the moment of the run: now, or in office hours of a sample's own day.

    A made-up company is played on a made-up morning: otherwise its mails would wait for the
    sending window of a day that has passed.
    """
    now = clock.now()
    is_made_up = settings.environment == "sample" and as_of != now.date()
    return datetime.combine(as_of, OFFICE_HOUR) if is_made_up else now
