"""A small part of the crash laboratory: five of its points on each engine; see `make crashlab`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

LABORATORY = Path(__file__).with_name("crashlab.py")
PARTS = {
    ("duckdb", "smtp"): (
        "intents committed", "claim committed", "request half written", "outcome open",
        "in recovery",
    ),
    ("postgresql", "sendgrid"): (
        "confirmed", "claim open", "request written, not accepted", "answer read",
        "batch end before anchor",
    ),
}  # fmt: skip


@pytest.mark.parametrize("place", PARTS, ids="-".join)
def test_whoever_dies_at_a_point_sends_nothing_twice_and_loses_nothing(place, tmp_path):
    engine, channel = place
    results = tmp_path / "results.jsonl"
    command = [
        sys.executable, LABORATORY, "--results", results, "--engines", engine,
        "--channels", channel, "--points", *PARTS[place],
    ]  # fmt: skip
    told = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)

    assert told.returncode == 0, told.stdout + told.stderr
    found = [json.loads(line) for line in results.read_text().splitlines()]
    assert [one["key"][0] for one in found] == list(PARTS[place])
    assert all(one["kills"] >= 1 and one["doubts"] == one["unfinished"] for one in found)
    assert sum(one["doubts"] for one in found) > 0
