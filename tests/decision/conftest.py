"""What the decision is judged by: the cases, the naive reference, random worlds and plays."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
for folder in (HERE, HERE.parent):  # test code is installed nowhere
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

Row = dict[str, Any]
DecideWorlds = Callable[[list[Row]], list[list[Row]]]


@pytest.fixture(scope="session")
def decide_worlds() -> DecideWorlds:
    """The very SQL that `collect` decides by, played on worlds."""
    from callsheet.decision.world import decide_worlds

    return decide_worlds


@pytest.fixture(scope="session")
def agree(decide_worlds: DecideWorlds) -> Callable[[list[Row]], None]:
    """Fail with the smallest world on which SQL and reference differ."""
    from reference.agreement import first_difference

    def check(worlds: list[Row]) -> None:
        difference = first_difference(worlds, decide_worlds)
        if difference is not None:
            pytest.fail(json.dumps(difference, indent=1), pytrace=False)

    return check


@pytest.fixture(scope="session")
def bulk_worlds() -> Callable[[int, int], list[Row]]:
    """Return so many random worlds, from a seed."""
    from reference.worlds import random_world, seeded

    return lambda seed, count: [random_world(seeded(seed * 1_000_000 + n)) for n in range(count)]
