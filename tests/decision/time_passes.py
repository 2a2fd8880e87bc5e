# ruff: noqa: T201  # it is read at a terminal
"""Let days pass in which nothing happens: no decision may change before its day of review.

    python tests/decision/time_passes.py [--worlds 600] [--days 14] [--without TRIGGER]

The days of review come from the SQL that `collect` asks, what is decided on the days between from
the rules. `--without` forgets one of the days on which time alone may change a decision.
"""

import argparse
import shutil
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from kept_company import possible  # noqa: E402
from reference.case_files import own_cases  # noqa: E402
from reference.decide import decide  # noqa: E402
from reference.worlds import random_world, seeded  # noqa: E402

from callsheet.decision import engine, questions  # noqa: E402  # as the path set above finds it
from callsheet.decision.world import ask_worlds  # noqa: E402

Row = dict[str, Any]
TRIGGERS = (
    "act", "due_on", "act_on", "ready_on", "overdue", "last_open_day", "superseded", "notice_gap",
    "passed_over", "exclusion_begins", "exclusion_ends", "exclusion_known", )  # fmt: skip
REVIEW = "decision/review_days.sql"
KEPT = "where trigger_days.day > decision_settings.as_of"


def first_too_late(worlds: list[Row], days: int) -> Row | None:
    """Return the first account whose decision changes before the day it is looked at again."""
    reviews = _review_days(worlds)
    for number, world in enumerate(worlds):
        before = {(row["customer"], row["entity"]): row for row in decide(world)}
        today = date.fromisoformat(world["today"])
        for day in (today + timedelta(days=n) for n in range(1, days + 1)):
            for row in decide({**world, "today": day.isoformat()}):
                unit = (row["customer"], row["entity"])
                review = reviews.get((number, row["customer"], row["entity"] or ""))
                if row != before[unit] and (review is None or day < review):
                    return {"day": day, "review": review, "was": before[unit], "is": row}
    return None


def _review_days(worlds: list[Row]) -> dict[tuple[int, str, str], date]:
    with duckdb.connect(":memory:") as con:
        asked = ask_worlds(con, worlds)
        engine.review(asked)
        rows = con.execute(
            "select decisions.world, decisions.customer, decisions.entity,"
            " review_days.next_review_on from decisions"
            " inner join review_days on decisions.account_no = review_days.account_no"
        ).fetchall()
    return {(world, customer[8:], entity): day for world, customer, entity, day in rows}


def quiet_worlds(seed: int, count: int) -> list[Row]:
    """Return our own cases and random worlds, in which nothing is known of days to come."""
    worlds = [case["world"] for case in own_cases(HERE / "cases")]
    worlds += [random_world(seeded(seed * 1_000_000 + n)) for n in range(count)]
    return [possible(world) for world in worlds]


def without(trigger: str, folder: Path) -> None:
    """Let the days of review forget a trigger."""
    shutil.copytree(questions.FOLDER, folder)
    text = (folder / REVIEW).read_text(encoding="utf-8")
    if KEPT not in text or trigger not in (folder / "decision/trigger_days.sql").read_text():
        raise ValueError(f"the days of review do not know {trigger!r} any more")
    (folder / REVIEW).write_text(text.replace(KEPT, f"{KEPT} and trigger <> '{trigger}'"))
    questions.FOLDER = folder
    questions.text_of.cache_clear()


def main() -> int:
    """Let time pass, and tell the first decision that would have been looked at too late."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--worlds", type=int, default=600)
    asked.add_argument("--days", type=int, default=14)
    asked.add_argument("--without", default="")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if options.without:
            without(options.without, Path(folder) / "sql")
        late = first_too_late(quiet_worlds(options.seed, options.worlds), options.days)
    print(options.without or "with every trigger", "->", late or "never too late")
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
