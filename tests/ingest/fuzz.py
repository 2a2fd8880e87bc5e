"""Spoilt files through reader, mapping and typing; spoilt pulls through validation. `make fuzz`.

Nothing but our own errors may be raised, and every row that came in must be somewhere. What fails
is named by its number: `python -m ingest.fuzz --only files:123` plays it again.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from .fuzz_files import fuzz_files
from .fuzz_findings import Found, report
from .fuzz_pulls import fuzz_pulls

A_PROCESS = {"files": 5_000, "pulls": 100}  # so that a crash of a library is found
MOST_KB = 1_000_000
WAYS: dict[str, Callable[..., Found]] = {"files": fuzz_files, "pulls": fuzz_pulls}


def in_a_process(way: str, numbers: range, seed: int) -> Found:
    """Fuzz in a process of its own: if it dies, the number it was at is the failure."""
    with tempfile.NamedTemporaryFile("r", suffix=".number") as place:
        command = [sys.executable, "-m", "ingest.fuzz", "--part", way, "--seed", str(seed)]
        command += ["--numbers", str(numbers.start), str(numbers.stop), "--note", place.name]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            died = f"{way}:{Path(place.name).read_text()}: the process ended with {done.returncode}"
            return Found(tried=len(numbers), failures=[died])
    told = json.loads(done.stdout)
    return Found(**told | {name: Counter(told[name]) for name in ("refused", "aside")})


def play(way: str, count: int, seed: int) -> Found:
    """Fuzz `count` files or pulls, a process for every few, and print what was found."""
    found, began = Found(), time.monotonic()
    for first in range(0, count, A_PROCESS[way]):
        found.add(in_a_process(way, range(first, min(first + A_PROCESS[way], count)), seed))
        told = f"{way} {found.tried:,} tried, {len(found.failures)} failed"
        print(f"{datetime.now(UTC):%H:%M:%S} {told}", file=sys.stderr, flush=True)  # noqa: T201  # read by whoever started it
    print(report(way, found, time.monotonic() - began), flush=True)  # noqa: T201  # as above
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--pulls", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1, help="another seed, other files")
    parser.add_argument("--only", help="one of them again, as files:123")
    parser.add_argument("--part", choices=WAYS)
    parser.add_argument("--numbers", type=int, nargs=2)
    parser.add_argument("--note", type=Path)
    told = parser.parse_args()
    if told.part:
        numbers = range(*told.numbers)
        found = WAYS[told.part](numbers, told.seed, lambda no: told.note.write_text(str(no)))
        print(json.dumps(vars(found)))  # noqa: T201  # as above
        return 0
    if told.only:
        way, _, number = told.only.partition(":")
        print(report(way, WAYS[way]([int(number)], told.seed), 0))  # noqa: T201  # as above
        return 0
    founds = [play("files", told.files, told.seed), play("pulls", told.pulls, told.seed)]
    is_small = all(found.peak_kb < MOST_KB for found in founds)
    return 0 if is_small and not any(found.failures for found in founds) else 1


if __name__ == "__main__":
    sys.exit(main())
