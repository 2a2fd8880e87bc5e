"""The steps of the shipped scenarios, read from the files that are played."""

from dataclasses import dataclass
from pathlib import Path

import yaml

FOLDER = Path(__file__).parents[2] / "scenarios"
ASSIGNABLE = (
    "standard-fr",
    "public-fr",
    "risky-fr",
    "key-accounts-en",
    "risky-en",
    "standard-en",
)


@dataclass(frozen=True)
class Step:
    """What the generator needs of a step: its key and its day."""

    key: str
    day: int


def _steps(scenario: str) -> tuple[Step, ...]:
    content = yaml.safe_load((FOLDER / f"{scenario}.yaml").read_text(encoding="utf-8"))
    return tuple(Step(step["key"], int(step["day"])) for step in content["steps"])


SCENARIOS = {scenario: _steps(scenario) for scenario in ASSIGNABLE}
