"""What a provider may do wrong, by a script that knows nothing of Callsheet."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from faults import play


@pytest.mark.parametrize(
    "times", [pytest.param(1, id="once"), pytest.param(40, marks=pytest.mark.nightly, id="often")]
)
def test_no_fault_of_a_provider_is_taken_for_another(times, tmp_path):
    found = play(times, tmp_path)

    assert {fault: states for fault, (states, wrong) in found.items() if wrong} == {}
    assert len(found) > 40
