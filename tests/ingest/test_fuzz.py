"""Spoilt files and pulls: nothing but our own errors, and every row is somewhere."""

import pytest

from .fuzz import MOST_KB, play
from .fuzz_files import fuzz_files
from .fuzz_pulls import fuzz_pulls

SEED = 20_261_122


def test_three_hundred_spoilt_files_are_read_or_refused_and_lose_no_row():
    found = fuzz_files(range(300), SEED)
    assert found.failures == []
    assert found.read > 50
    assert len(found.refused) > 5, "many ways of being wrong are met"


def test_twenty_spoilt_pulls_are_judged_or_refused_and_lose_no_row():
    found = fuzz_pulls(range(20), SEED)
    assert found.failures == []
    assert found.read > 3
    assert sum(found.aside.values()) > 20


@pytest.mark.nightly
@pytest.mark.parametrize(("way", "count"), [("files", 100_000), ("pulls", 500)])
def test_a_night_of_spoilt_files_and_pulls(way, count, monkeypatch, request):
    monkeypatch.chdir(request.config.rootpath / "tests")
    found = play(way, count, SEED)
    assert found.failures == []
    assert found.tried == count
    assert found.peak_kb < MOST_KB
