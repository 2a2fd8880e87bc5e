"""A slip of the hand in the decision's SQL does not go unseen."""

import subprocess
import sys
from pathlib import Path

import pytest

PLAY = Path(__file__).parent / "play_mutants.py"


def played(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(PLAY), *options], capture_output=True, text=True, check=False
    )


def test_a_sample_of_mutants_is_killed():
    # the sample moves with every edit of the SQL, and some slips change no decision: those are
    # named when all are played
    answer = played("--sample", "6", "--worlds", "100", "--tolerate", "40")

    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.nightly
def test_every_mutant_is_killed_or_named_with_a_reason():
    answer = played("--all")

    assert answer.returncode == 0, answer.stdout + answer.stderr
