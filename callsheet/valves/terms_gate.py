"""Changed terms: the first plan of an edited scenario, or of other rules, waits for a look.

A breaker stands for each scenario, and one for the rules and settings of the decision; its case is
the version that counts as looked at. What only people read (names and titles) is not part of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from callsheet.decision import Configuration
from callsheet.keys import canonical_text, digest
from callsheet.scenarios.scenario import Scenario, content_of
from callsheet.settings import ValveSettings
from callsheet.store.transaction import Transaction
from callsheet.valves.breakers import Breaker, breakers, enter, trip
from callsheet.valves.situation import Told
from callsheet.valves.trip import Trip, Valve

_BY_SCENARIO = (
    Path(__file__).parents[1] / "sql" / "valves" / "planned_by_scenario.sql"
).read_text("utf-8")  # fmt: skip
RULES = ""  # the scope of rules and settings: all scenarios
_FOUND_FIRST = "the first plan is made under these"

Versions = Mapping[str, str]  # by scope


def check_terms(
    tx: Transaction,
    configuration: Configuration,
    planned: Sequence[str],
    limits: ValveSettings,
    told: Told,
) -> list[Trip]:
    """Open a breaker for each scenario whose changed version plans something; return what holds.

    What stands now counts as looked at on the first plan of all; a change that was taken back
    closes its breaker.
    """
    if Valve.CHANGED_TERMS in limits.off:
        return []
    now, known = versions_of_terms(configuration), _known(tx)
    if not known:
        _look_at_all(tx, now, told)
        return []
    for scope, version in now.items():
        one = known.get(scope)
        if one is not None and one.is_open and one.trip_case != version:
            known[scope] = _changed_again(tx, one, version, told)
    accepted = {scope: _accepted(one) for scope, one in known.items()}
    counts = dict(cast("list[tuple[str, int]]", tx.fetch(_BY_SCENARIO, ids=list(planned))))
    return trip(tx, list(changed_terms(now, accepted, counts, limits)), told)


def scope_of(scenario: str) -> str:
    """Return the scope of a scenario's breaker."""
    return f"scenario {scenario}"


def versions_of_terms(configuration: Configuration) -> Versions:
    """Return the version of each scenario, and that of the rules and settings."""
    rules = [[rule.when, rule.scenario] for rule in configuration.rules]
    settings = configuration.settings.model_dump(mode="json")
    scenarios = {scope_of(one.key): _version(one) for one in configuration.scenarios}
    return {RULES: digest(canonical_text([rules, settings])), **scenarios}


def changed_terms(
    now: Versions, accepted: Versions, planned: Mapping[str, int], limits: ValveSettings
) -> Iterator[Trip]:
    """Open for each version that nobody has looked at and under which something is planned."""
    counts = {scope_of(key): count for key, count in planned.items()}
    counts[RULES] = sum(planned.values())
    for scope, version in now.items():
        count = counts.get(scope, 0)
        if version != accepted.get(scope, "") and count > limits.changed_actions:
            what = scope or "the rules or the settings of the decision"
            yield Trip(
                Valve.CHANGED_TERMS, scope,
                f"{what} changed since the last plan; {count} actions are planned today",
                version,
                {"planned": str(count), "accepted": accepted.get(scope, "")},
            )  # fmt: skip


def _version(scenario: Scenario) -> str:
    content = cast("dict[str, Any]", content_of(scenario))
    steps = [{**step, "title": ""} for step in content["steps"]]
    return digest(canonical_text({**content, "name": "", "steps": steps}))


def _known(tx: Transaction) -> dict[str, Breaker]:
    return {one.scope: one for one in breakers(tx, only_open=False, name=Valve.CHANGED_TERMS)}


def _accepted(one: Breaker) -> str:
    """Return the version that was last looked at."""
    return str(one.figures["accepted"]) if one.is_open else one.trip_case


def _look_at_all(tx: Transaction, now: Versions, told: Told) -> None:
    """Take what stands now as looked at: on the first run the canary waits for a person."""
    for scope, version in now.items():
        first = Breaker(
            name=Valve.CHANGED_TERMS,
            scope=scope,
            is_open=False,
            since_at=told.happened_at,
            on_day=told.on_day,
            reason=_FOUND_FIRST,
            trip_case=version,
            figures={},
        )
        enter(tx, first, told, "bound")


def _changed_again(tx: Transaction, one: Breaker, version: str, told: Told) -> Breaker:
    """Keep what became of terms that wait: a yes is to what stands now; taken back, it is over."""
    again = replace(one, trip_case=version)
    if version != _accepted(one):
        enter(tx, again, told, "opened")
        return again
    closed = replace(
        again,
        is_open=False,
        closed_by=told.author,
        closed_why="it is again as it was",
        closed_at=told.happened_at,
    )
    enter(tx, closed, told, "closed")
    return closed
