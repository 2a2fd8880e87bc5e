"""Several dispatchers started together, and a database that is restarted under them."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from dispatchers import Trial, in_a_folder


def assert_nothing_went_astray(trial):
    found = in_a_folder(trial)

    assert found.is_clean, found
    assert found.accepted == trial.actions
    return found


@pytest.mark.parametrize("engine", ["duckdb", "postgresql"])
def test_two_dispatchers_at_once_send_each_message_once(engine):
    assert_nothing_went_astray(Trial(engine, dispatchers=2, actions=24))


def test_a_database_that_is_restarted_under_a_dispatch_costs_no_message_and_no_doubt():
    found = assert_nothing_went_astray(
        Trial("postgresql", dispatchers=1, actions=24, restart_seconds=1)
    )

    assert found.restarts > 0


@pytest.mark.nightly
@pytest.mark.parametrize("number", [2, 4, 8])
@pytest.mark.parametrize("engine", ["duckdb", "postgresql"])
def test_many_dispatchers_at_once_send_each_message_once(engine, number):
    assert_nothing_went_astray(Trial(engine, number, actions=400))


@pytest.mark.nightly
def test_a_database_restarted_every_few_seconds_under_two_thousand_messages():
    trial = Trial("postgresql", dispatchers=2, actions=2000, restart_seconds=4)

    assert assert_nothing_went_astray(trial).restarts > 1
