"""Collection scenarios: the steps of each, read from the files a collector edits."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from pathlib import Path

from pydantic import TypeAdapter

from callsheet.errors import ConfigurationInvalid
from callsheet.fault import Fault, refuse
from callsheet.keys import canonical_text, digest
from callsheet.scenarios.scenario_file import ScenarioFile
from callsheet.scenarios.step import Step
from callsheet.strict_yaml import read_yaml

__all__ = [
    "Scenario",
    "Step",
    "content_of",
    "load_scenario",
    "load_scenarios",
    "scenario_from",
    "scenario_of",
    "version_of",
]

ASSIGNMENT_FILE = "assignment.yaml"  # stands in the same folder; see `assignment`
FORMAT_VERSION = 1


@dataclass(frozen=True)
class Scenario:
    """A scenario: its steps in the order they are played. `version` is its content's SHA-256."""

    key: str
    name: str
    language: str | None  # the language its titles are written in
    library: bool  # a collection of specific actions, assigned to nobody
    steps: tuple[Step, ...]
    version: str = ""

    def step(self, key: str) -> Step:
        """Return the step called `key`; KeyError when there is none."""
        for step in self.steps:
            if step.key == key:
                return step
        raise KeyError(f"{self.key} has no step {key}")


def load_scenarios(folder: Path) -> dict[str, Scenario]:
    """Return the scenarios of `folder` by key; ConfigurationInvalid lists every error of all."""
    faults: list[Fault | ConfigurationInvalid] = []
    scenarios: dict[str, Scenario] = {}
    paths = sorted(path for path in folder.glob("*.yaml") if path.name != ASSIGNMENT_FILE)
    if not paths:
        do = "add a scenario file, or set `scenarios` to their folder"
        faults.append(Fault(str(folder), "no scenario here", "no *.yaml file", do))
    for path in paths:
        try:
            scenario = load_scenario(path)
        except ConfigurationInvalid as problem:
            faults.append(problem)
        else:
            scenarios[scenario.key] = scenario
    refuse(faults)
    return scenarios


def load_scenario(path: Path) -> Scenario:
    """Return the scenario of one file; ConfigurationInvalid lists every error of it."""
    name = f"{path.parent.name}/{path.name}"
    file = ScenarioFile(name, path.stem, read_yaml(path, name))
    title, language, library, steps = file.title(), file.language(), file.library(), file.steps()
    refuse(file.faults)
    return scenario_of(path.stem, title, language, library, steps)


def scenario_of(
    key: str, name: str, language: str | None, library: bool, steps: Iterable[Step]
) -> Scenario:
    """Return a scenario with the version its content has."""
    scenario = Scenario(key, name, language, library, tuple(steps))
    return replace(scenario, version=version_of(scenario))


def version_of(scenario: Scenario) -> str:
    """Return the SHA-256 of what the scenario says; comments and layout do not count."""
    return digest(canonical_text({"v": FORMAT_VERSION} | content_of(scenario)))


def content_of(scenario: Scenario) -> dict[str, object]:
    """Return what the scenario says, in plain values, to be kept; see `scenario_from`."""
    content = {key: _plain(value) for key, value in asdict(scenario).items()}
    del content["version"]
    return content


def scenario_from(content: Mapping[str, object]) -> Scenario:
    """Return the scenario that `content_of` gave `content` of."""
    scenario = TypeAdapter(Scenario).validate_python(content)
    return replace(scenario, version=version_of(scenario))


def _plain(value: object) -> object:
    """Return `value` with amounts as text, so that it can be hashed and kept."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value
