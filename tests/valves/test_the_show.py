"""Ordinary days hold nothing, disasters let nothing out: a few here, all of them by night."""

import pytest

from .disasters import DISASTERS
from .show import chosen, play_show


def shown(tmp_path, days, customers, names):
    show = play_show(tmp_path, days, customers, names)
    left = {one.name: one.left for one in show.ended if one.left}
    unexplained = [one.name for one in show.ended if not [*one.stopped_by, *one.said]]

    assert show.control > 0, "without a disaster messages leave"
    assert left == {}
    assert unexplained == []
    assert len(show.holds) <= show.days * 0.01, show.holds


def test_a_dozen_disasters_after_a_few_ordinary_days(tmp_path):
    shown(tmp_path, 9, 150, chosen("12"))


@pytest.mark.nightly
def test_every_disaster_after_two_ordinary_years(tmp_path):
    assert len(DISASTERS) >= 50
    shown(tmp_path, 730, 600, chosen("all"))
