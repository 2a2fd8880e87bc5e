"""What was not decided again today would have been decided the same."""

import subprocess
import sys
from pathlib import Path

import pytest
from time_passes import TRIGGERS, first_too_late, quiet_worlds

HERE = Path(__file__).parent
CALLS = (
    "changed facts",
    "recorded since",
    "its day has come",
    "members of a group",
    "configuration",
)


def played(script: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(HERE / script), *options]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode in (0, 1), answer.stderr
    assert "Traceback" not in answer.stderr, answer.stderr
    return answer


def test_eight_days_of_deciding_only_what_is_called_for_equal_deciding_everything():
    answer = played("play_days.py", "--seed", "1", "--days", "8", "--size", "12")

    assert answer.returncode == 0, answer.stdout


def test_no_decision_changes_by_time_alone_before_it_is_looked_at_again():
    assert first_too_late(quiet_worlds(1, 200), 14) is None


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(10, 20))
def test_four_hundred_days_of_deciding_only_what_is_called_for_equal_deciding_everything(seed):
    answer = played("play_days.py", "--seed", str(seed), "--days", "40", "--size", "16")

    assert answer.returncode == 0, answer.stdout


@pytest.mark.nightly
@pytest.mark.parametrize("call", CALLS)
def test_forgetting_one_call_for_a_decision_is_seen(call):
    for seed in range(10, 16):
        days = ("--seed", str(seed), "--days", "40", "--size", "24")
        if played("play_days.py", *days, "--without", call).returncode == 1:
            return
    pytest.fail(f"240 days without {call!r} were decided alike")


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(2, 7))
def test_in_thousands_of_worlds_nothing_is_looked_at_too_late(seed):
    assert first_too_late(quiet_worlds(seed, 1_000), 14) is None


@pytest.mark.nightly
@pytest.mark.parametrize("trigger", TRIGGERS)
def test_forgetting_one_day_of_review_is_seen(trigger):
    answer = played("time_passes.py", "--worlds", "600", "--without", trigger)

    assert answer.returncode == 1, f"nothing was late without {trigger!r}"
