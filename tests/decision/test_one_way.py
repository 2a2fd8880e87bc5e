"""A made-up world and a day of `collect` are decided by the same SQL."""

from pathlib import Path

import duckdb
from kept_company import KeptCompany, possible
from reference.worlds import random_world, seeded

from callsheet.decision.world import ask_worlds


def test_a_case_is_folded_and_decided_by_the_files_that_collect_runs(tmp_path: Path):
    world = possible(random_world(seeded(1), 4))
    company = KeptCompany(tmp_path / "var")
    company.decide(world)
    with duckdb.connect(":memory:") as con:
        of_the_world = ask_worlds(con, [world]).asked

    of_the_day = list(company.asked)

    # a day narrows what it looks at and keeps its states; what is common stands in one order
    assert [file for file in of_the_day if file in of_the_world] == of_the_world
    only_of_the_day = {file for file in of_the_day if file not in of_the_world}
    assert not {file for file in only_of_the_day if file.startswith("decision/")} - {
        "decision/trigger_days",
        "decision/review_days",
    }
