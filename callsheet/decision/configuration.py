"""What a day is decided by: settings, scenarios, rules and closed days, under one hash."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from callsheet.decision.terms import Terms
from callsheet.scenarios.assignment import Rule
from callsheet.scenarios.scenario import Scenario
from callsheet.settings import DecisionSettings


@dataclass(frozen=True)
class Configuration:
    """The terms of every account. `hash` changes whenever any of it, or the engine, does.

    `closed_days` are those of each calendar, over whole years around the day decided.
    """

    settings: DecisionSettings
    scenarios: tuple[Scenario, ...]
    rules: tuple[Rule, ...]
    closed_days: Mapping[str, frozenset[date]]
    hash: str

    def terms(self, as_of: date) -> Terms:
        """Return the terms of a day; libraries of specific actions are assigned to nobody."""
        scenarios = [scenario for scenario in self.scenarios if not scenario.library]
        return Terms(as_of, self.settings, scenarios, self.rules)
