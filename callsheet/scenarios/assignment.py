"""Assignment rules: which scenario a customer gets when nobody assigned one (R1)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from callsheet.fault import Fault, refuse
from callsheet.file_entry import FileEntry
from callsheet.scenarios.predicate import PredicateRefused, check
from callsheet.scenarios.scenario import ASSIGNMENT_FILE, Scenario
from callsheet.strict_yaml import read_yaml

RULE_KEYS = frozenset({"when", "scenario"})

_SCENARIO = re.compile(r"[a-z][a-z0-9-]*")


@dataclass(frozen=True)
class Rule:
    """Customers for whom `when` (checked, canonical DuckDB SQL) is true get `scenario`."""

    order: int
    when: str
    scenario: str


def load_rules(path: Path, scenarios: Mapping[str, Scenario] | None = None) -> tuple[Rule, ...]:
    """Return the rules in order; the first that is true decides. No file is no rule.

    `path` is the file, or the folder it stands in. With `scenarios` given, a rule that names an
    unknown one or a library is refused. ConfigurationInvalid lists every error.
    """
    path = path / ASSIGNMENT_FILE if path.is_dir() else path
    if not path.exists():
        return ()
    name = f"{path.parent.name}/{path.name}"
    document = read_yaml(path, name)
    content = document.content if isinstance(document.content, dict) else {}
    faults: list[Fault] = []
    head = FileEntry(name, document, (), content, faults)
    head.refuse_unknown(frozenset({"rules"}))
    entries = content.get("rules")
    if not isinstance(entries, list):
        head.fault("rules", "no list of rules", entries, "write `rules:` and a list below it")
        entries = []
    rules: list[Rule] = []
    for order, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict):
            head.fault(
                "rules", f"rule {order} is not a rule", entry, "write {when: …, scenario: …}"
            )
            continue
        path_of_rule = ("rules", order - 1)
        read = FileEntry(name, document, path_of_rule, entry, faults, label=f"rule {order}")
        rules.append(_rule(read, order, scenarios))
    refuse(faults)
    return tuple(rules)


def _rule(entry: FileEntry, order: int, scenarios: Mapping[str, Scenario] | None) -> Rule:
    """Return the rule that `entry` describes; its faults are noted."""
    entry.refuse_unknown(RULE_KEYS)
    scenario = entry.word("scenario", _SCENARIO)
    if scenarios is not None and scenario:
        assignable = sorted(key for key, other in scenarios.items() if not other.library)
        if scenario not in assignable:
            library = scenario in scenarios
            what = "a library is assigned to nobody" if library else "unknown scenario"
            entry.fault("scenario", what, scenario, f"write one of: {', '.join(assignable)}")
    return Rule(order, _condition(entry), scenario)


def _condition(entry: FileEntry) -> str:
    """Return the checked condition of a rule, '' and a fault when it is refused."""
    when = entry.get("when")
    if isinstance(when, bool):
        return "TRUE" if when else "FALSE"
    if not isinstance(when, str) or not when.strip():
        entry.fault("when", "when is missing", when, "write a condition, or `when: true`")
        return ""
    try:
        return check(when)
    except PredicateRefused as problem:
        entry.fault("when", problem.what, problem.found, problem.do)
        return ""
