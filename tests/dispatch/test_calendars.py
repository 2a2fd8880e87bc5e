"""Closed days, sending windows and working days of an entity's calendar."""

from datetime import UTC, date, datetime

import pytest

from callsheet.calendars import (
    closed_days,
    in_window,
    is_closed,
    next_open_day,
    sending_window,
    working_days_after,
    working_days_between,
)
from callsheet.errors import ConfigurationInvalid

PARIS = {
    "entity": "FR1",
    "time_zone": "Europe/Paris",
    "calendar": "FR",
    "sending_from": "08:30",
    "sending_until": "18:00",
}
LONDON = PARIS | {"entity": "GB1", "time_zone": "Europe/London", "calendar": "GB-ENG"}


def test_saturdays_sundays_and_bastille_day_are_closed_in_france():
    closed = closed_days("FR", date(2026, 7, 11), date(2026, 7, 20))

    assert sorted(closed) == [
        date(2026, 7, 11),
        date(2026, 7, 12),
        date(2026, 7, 14),
        date(2026, 7, 18),
        date(2026, 7, 19),
    ]


def test_easter_monday_is_closed_in_england_and_open_in_scotland():
    assert is_closed("GB-ENG", date(2026, 4, 6))
    assert not is_closed("GB-SCT", date(2026, 4, 6))


def test_the_belgian_national_day_is_closed_in_belgium_only():
    assert is_closed("BE", date(2026, 7, 21))
    assert not is_closed("FR", date(2026, 7, 21))


def test_a_calendar_nobody_knows_is_refused_and_named():
    with pytest.raises(ConfigurationInvalid, match="XX"):
        closed_days("XX", date(2026, 1, 1), date(2026, 1, 2))


def test_after_christmas_in_belgium_comes_monday_the_28th():
    assert next_open_day("BE", date(2026, 12, 25)) == date(2026, 12, 28)


def test_two_working_days_after_a_thursday_is_monday():
    assert working_days_after("FR", date(2026, 11, 19), 2) == date(2026, 11, 23)


def test_working_days_between_leave_out_weekends():
    closed = closed_days("FR", date(2026, 11, 1), date(2026, 11, 30))

    assert working_days_between(date(2026, 11, 13), date(2026, 11, 18), closed) == 3


@pytest.mark.parametrize(
    ("moment", "may_leave"),
    [
        (datetime(2026, 11, 16, 7, 29, tzinfo=UTC), False),  # 08:29 in Paris
        (datetime(2026, 11, 16, 7, 30, tzinfo=UTC), True),
        (datetime(2026, 11, 16, 16, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 16, 17, 0, tzinfo=UTC), False),  # 18:00 in Paris
        (datetime(2026, 11, 14, 10, 0, tzinfo=UTC), False),  # a Saturday
        (datetime(2026, 11, 11, 10, 0, tzinfo=UTC), False),  # Armistice
    ],
)
def test_a_message_leaves_paris_between_half_past_eight_and_six_on_open_days(moment, may_leave):
    assert in_window(PARIS, moment) is may_leave


def test_in_summer_the_window_follows_the_local_clock():
    assert in_window(PARIS, datetime(2026, 7, 15, 6, 30, tzinfo=UTC))
    assert not in_window(PARIS, datetime(2026, 7, 15, 16, 0, tzinfo=UTC))


def test_london_opens_an_hour_after_paris():
    moment = datetime(2026, 11, 16, 7, 45, tzinfo=UTC)

    assert in_window(PARIS, moment)
    assert not in_window(LONDON, moment)


def test_friday_evening_waits_for_monday_morning():
    opening = sending_window(PARIS).next_opening(datetime(2026, 11, 13, 20, 0, tzinfo=UTC))

    assert opening == datetime(2026, 11, 16, 7, 30, tzinfo=UTC)


def test_an_hour_that_is_none_is_refused_with_its_entity():
    with pytest.raises(ConfigurationInvalid, match="FR1"):
        sending_window(PARIS | {"sending_from": "8h30"})
