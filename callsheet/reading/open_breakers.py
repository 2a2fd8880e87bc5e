"""What holds messages back, as people are told: since when, what was found, what to do."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from callsheet.reading.reasons import sentence
from callsheet.settings import Settings
from callsheet.store.transaction import Transaction
from callsheet.valves import kill_switch
from callsheet.valves.breakers import Breaker, breakers
from callsheet.valves.trip import TOLD, Valve


@dataclass(frozen=True)
class Held:
    """One breaker in words. `scope` is '' when it is of everything."""

    name: str
    scope: str
    is_open: bool
    since: str
    found: str
    says: str
    holds: str
    do: str
    persons: int = 1
    yes_by: str = ""
    closed_by: str = ""
    closed_why: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Return the breaker's name and what it is of."""
        return f"{self.name} of {self.scope}" if self.scope else self.name

    @property
    def line(self) -> str:
        """Return it in one line for the call sheet."""
        return f"{self.title} since {self.since}: {self.found}. It holds {self.holds}."

    def as_text(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)

    def facts(self) -> Iterable[tuple[str, str]]:
        """Yield what there is to know, a name and a text each."""
        yield "breaker", self.title
        yield "stands", f"open since {self.since}" if self.is_open else "closed"
        yield "found", self.found
        yield "means", self.says
        yield "holds", self.holds
        yield "to do", self.do
        if self.persons > 1:
            yield (
                "needs",
                f"{self.persons} persons" + (f"; {self.yes_by} said yes" * bool(self.yes_by)),
            )
        if self.closed_by:
            yield "closed", f"by {self.closed_by}: {self.closed_why}"
        for name, figure in self.figures.items():
            yield name, figure if isinstance(figure, str) else json.dumps(figure)


def open_breakers(tx: Transaction, settings: Settings, *, everything: bool = False) -> list[Held]:
    """Return the open breakers, or all; a switch just thrown is among them."""
    found = [held_of(one) for one in breakers(tx, only_open=not everything)]
    is_told = any(one.name == Valve.KILL_SWITCH and one.is_open for one in found)
    if kill_switch.is_thrown(settings.home) and not is_told:
        said = kill_switch.said_when_thrown(settings.home)
        found.append(
            _held(Valve.KILL_SWITCH, since=str(said.get("at", "")), found=str(said.get("why", "")))
        )
    return found


def held_of(one: Breaker) -> Held:
    """Return a breaker in words."""
    return Held(
        **{
            **vars(_held(one.name, since=f"{one.since_at:%Y-%m-%d %H:%M}", found=one.reason)),
            "scope": one.scope,
            "is_open": one.is_open,
            "persons": one.persons,
            "yes_by": one.yes_by,
            "closed_by": one.closed_by,
            "closed_why": one.closed_why,
            "figures": one.figures,
        }
    )


def _held(name: Valve, *, since: str, found: str) -> Held:
    told = TOLD[name]
    return Held(str(name), "", True, since, found, sentence(name, "breaker"), told.holds, told.do)
