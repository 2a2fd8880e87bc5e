"""SQL and naive reference decide alike: on random worlds, shrunk worlds and sixty days of play."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reference.decide import decide
from reference.plays import play
from reference.worlds import random_world, seeded

WORLDS = st.randoms(use_true_random=False).map(random_world)
SLOW = list(HealthCheck)


def test_a_thousand_random_worlds_are_decided_alike(agree, bulk_worlds):
    agree(bulk_worlds(1, 1_000))


@settings(max_examples=2, deadline=None, suppress_health_check=SLOW, derandomize=True)
@given(st.lists(WORLDS, min_size=8, max_size=15))
def test_worlds_that_shrink_are_decided_alike(agree, worlds):
    agree(worlds)


def test_sixty_days_of_play_are_decided_alike_every_morning(agree):
    mornings = [morning for n in range(10) for morning in play(seeded(n), decide)]

    agree([world for world, _ in mornings])


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(2, 12))
def test_ten_thousand_random_worlds_are_decided_alike(agree, bulk_worlds, seed):
    agree(bulk_worlds(seed, 1_000))


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(100, 150))
def test_fifty_plays_of_sixty_days_are_decided_alike(agree, seed):
    agree([world for world, _ in play(seeded(seed), decide)])


@pytest.mark.nightly
@settings(max_examples=50, deadline=None, suppress_health_check=SLOW)
@given(st.lists(WORLDS, min_size=30, max_size=60))
def test_thousands_of_worlds_that_shrink_are_decided_alike(agree, worlds):
    agree(worlds)
