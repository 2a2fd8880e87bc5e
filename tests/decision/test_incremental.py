"""What was not decided again today would have been decided the same."""

import subprocess
import sys
from pathlib import Path

import pytest

PLAY = Path(__file__).parent / "play_days.py"
CALLS = (
    "changed facts", "recorded since", "its day has come", "configuration",
    "act", "due_on", "act_on", "ready_on", "overdue", "last_open_day", "superseded", "notice_gap",
    "passed_over", "exclusion_begins", "exclusion_ends", "exclusion_known", "only_pre_due",
)  # fmt: skip


def played(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(PLAY), *options], capture_output=True, text=True, check=False
    )


def test_twenty_days_of_deciding_only_what_is_called_for_equal_deciding_everything():
    answer = played("--seed", "1", "--days", "20", "--size", "12")

    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(10, 20))
def test_four_hundred_days_of_deciding_only_what_is_called_for_equal_deciding_everything(seed):
    answer = played("--seed", str(seed), "--days", "40", "--size", "16")

    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.nightly
@pytest.mark.parametrize("call", CALLS)
def test_forgetting_one_call_for_a_decision_is_seen(call):
    for seed in range(10, 16):
        days = ("--seed", str(seed), "--days", "40", "--size", "24")
        answer = played(*days, "--without", call)
        if answer.returncode == 1 and "Traceback" not in answer.stderr:
            return
        assert answer.returncode == 0, answer.stderr
    pytest.fail(f"240 days without {call!r} were decided alike")
