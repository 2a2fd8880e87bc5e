"""The canary: of a text that is new or was changed, five messages go, and then a person looks.

Pure: what is known of the texts, what wants to leave, what came of the five.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from callsheet.settings import ValveSettings

Versions = Mapping[str, str]  # of each text, by the name of its template


@dataclass(frozen=True)
class Canary:
    """Which versions of the texts are proved, which are being tried, and by which messages."""

    proved: Versions = field(default_factory=dict)
    trial: Versions = field(default_factory=dict)
    given: tuple[str, ...] = ()
    given_at: str = ""

    def as_text(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {**vars(self), "given": list(self.given)}

    @classmethod
    def of_text(cls, plain: Mapping[str, Any]) -> "Canary":
        """Return what `as_text` wrote."""
        return cls(**{**plain, "given": tuple(plain["given"])})

    def proving(self) -> "Canary":
        """Return it after a yes to what is being tried."""
        return Canary(proved={**self.proved, **self.trial})


@dataclass(frozen=True)
class Try:
    """What of a batch may go: texts that are proved, and canaries; the others wait."""

    passing: frozenset[str]
    waiting: frozenset[str]
    canary: Canary


def tried(
    canary: Canary,
    wanted: Sequence[tuple[str, str]],
    versions: Versions,
    now: datetime,
    limits: ValveSettings,
) -> Try:
    """Let the proved texts of `wanted` (action, text) go, and so many of the others in turn."""
    unproved: defaultdict[str, list[str]] = defaultdict(list)
    passing = set()
    for action_id, text in wanted:
        if canary.proved.get(text) == versions.get(text, ""):
            passing.add(action_id)
        elif action_id in canary.given:
            passing.add(action_id)  # a canary that was put off may still go
        else:
            unproved[text].append(action_id)
    if not unproved:
        return Try(frozenset(passing), frozenset(), canary)
    free = max(0, limits.canary_messages - len(canary.given))
    chosen = _in_turn(unproved)[:free]
    told = {text: versions.get(text, "") for text in unproved}
    waiting = {one for several in unproved.values() for one in several} - set(chosen)
    after = replace(
        canary,
        # On the first run it is all of them that are looked at, and changes from then on.
        trial={**(canary.trial if canary.proved else versions), **told},
        given=(*canary.given, *chosen),
        given_at=now.isoformat() if chosen else canary.given_at,
    )
    return Try(frozenset(passing | set(chosen)), frozenset(waiting), after)


def ends_by_itself(
    canary: Canary, states: Mapping[str, str], now: datetime, limits: ValveSettings
) -> bool:
    """Say whether the five did well: delivery is told of, none came back, and time has passed."""
    fates = {states.get(one, "") for one in canary.given}
    if not canary.given_at or "delivered" not in fates or fates - {"accepted", "delivered"}:
        return False
    given_at = datetime.fromisoformat(canary.given_at)
    return now >= given_at + timedelta(minutes=limits.canary_minutes)


def _in_turn(by_text: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the actions so that each text comes once before any comes twice."""
    longest = max(map(len, by_text.values()))
    return [
        by_text[text][place]
        for place in range(longest)
        for text in sorted(by_text)
        if place < len(by_text[text])
    ]
