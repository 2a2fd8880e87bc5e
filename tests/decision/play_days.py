# ruff: noqa: T201  # it is read at a terminal
"""Play random days through `collect`'s own decision and compare every morning with the rules.

    python tests/decision/play_days.py [--seed 1] [--days 40] [--size 12] [--without TRIGGER]

Each day only the accounts are decided that something calls for: what changed, what happened, whose
day has come. `--without` forgets one of these calls. Ends with 1 when a morning differs. Which
days may come for an account by time alone: see `time_passes`.
"""

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from kept_company import KeptCompany, possible  # noqa: E402
from reference.decide import decide  # noqa: E402
from reference.plays import play  # noqa: E402
from reference.worlds import random_world, seeded  # noqa: E402

from callsheet.decision import questions  # noqa: E402  # as the path set above finds it

TOUCHED = "fold/touched_customers.sql"
# What calls for a decision, and the words of the SQL that say so: (file, words, words without).
CALLS: dict[str, tuple[str, str, str]] = {
    "changed facts": (TOUCHED, "from changed_facts", "from changed_facts where false"),
    "recorded since": (TOUCHED, "from new_facts", "from new_facts where false"),
    "its day has come": (
        TOUCHED,
        "account_state.next_review_on <= decision_settings.as_of",
        "false",
    ),
    "members of a group": (
        TOUCHED,
        "inner join answers on answering_customers.answers = answers.customer",
        "inner join answers on false",
    ),
}
CONFIGURATION = "configuration"


def without(call: str, folder: Path) -> None:
    """Let the decision forget a call: the rest of its SQL stays as it is."""
    shutil.copytree(questions.FOLDER, folder)
    file, words, instead = CALLS[call]
    text = (folder / file).read_text(encoding="utf-8")
    if words not in text:
        raise ValueError(f"{file} does not say {words!r} any more")
    (folder / file).write_text(text.replace(words, instead), encoding="utf-8")
    questions.FOLDER = folder
    questions.text_of.cache_clear()


def first_difference(seed: int, days: int, size: int, *, blind: bool = False) -> Any:
    """Return the first morning that is decided otherwise than the rules say, or None."""
    world = possible(random_world(seeded(seed), size))
    with tempfile.TemporaryDirectory() as home:
        company = KeptCompany(Path(home) / "var", sees_configuration=not blind)
        for number, (morning, expected) in enumerate(play(seeded(seed), decide, days, world), 1):
            decided = company.decide(morning)
            if decided != expected:
                return {
                    "day": number,
                    "expected": [row for row in expected if row not in decided],
                    "decided": [row for row in decided if row not in expected],
                }
        return company.full_difference(morning)


def main() -> int:
    """Play, and tell the first difference."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--days", type=int, default=40)
    asked.add_argument("--size", type=int, default=12)
    asked.add_argument("--without", default="")
    options = asked.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        if options.without and options.without != CONFIGURATION:
            without(options.without, Path(folder) / "sql")
        difference = first_difference(
            options.seed, options.days, options.size, blind=options.without == CONFIGURATION
        )
    took = time.monotonic() - started
    print(f"seed {options.seed}, {options.size} customers, {took:.0f} s: {difference or 'alike'}")
    return 1 if difference else 0


if __name__ == "__main__":
    sys.exit(main())
