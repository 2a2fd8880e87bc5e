"""What a day came to, asked of the history: nothing is gathered while the day is played."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from callsheet.store.transaction import Transaction

SQL = Path(__file__).parents[1] / "sql" / "day"


@dataclass(frozen=True)
class Pull:
    """One published pull of the day, and where its rows went."""

    source: str
    snapshot_id: str
    rows_in: int
    loaded: int
    duplicates: int
    quarantined: int


@dataclass(frozen=True)
class DaySummary:
    """One business day: what came in, what was decided and planned, and what happened."""

    as_of: date
    pulls: tuple[Pull, ...]
    decided: Mapping[str, int]  # accounts by outcome, or outcome/reason
    planned: Mapping[str, int]  # actions by channel
    happened: Mapping[str, int]  # events of actions by state, or state/reason

    @property
    def quarantined(self) -> int:
        """Return how many delivered rows were set aside."""
        return sum(pull.quarantined for pull in self.pulls)

    @property
    def actions(self) -> int:
        """Return how many actions were planned."""
        return sum(self.planned.values())

    def as_text(self) -> dict[str, object]:
        """Return the summary as plain data."""
        return {
            "as_of": self.as_of.isoformat(),
            "pulls": [vars(pull) for pull in self.pulls],
            "decided": dict(self.decided),
            "planned": dict(self.planned),
            "happened": dict(self.happened),
        }


def summarise(tx: Transaction, as_of: date) -> DaySummary:
    """Return what the history says of `as_of`."""
    planned: dict[str, int] = {}
    for channel, _mode, actions, _accounts in answers(tx, "planned_actions", as_of=as_of):
        planned[channel] = planned.get(channel, 0) + actions
    return DaySummary(
        as_of=as_of,
        pulls=tuple(Pull(*row) for row in answers(tx, "pulls", as_of=as_of)),
        decided={_named(*words): count for *words, count in answers(tx, "outcomes")},
        planned=planned,
        happened={
            _named(*words): count for *words, count in answers(tx, "happenings", as_of=as_of)
        },
    )


def answers(tx: Transaction, question: str, **values: object) -> list[tuple[Any, ...]]:
    """Return what the warehouse answers to one of the questions about days."""
    return tx.fetch((SQL / f"{question}.sql").read_text(encoding="utf-8"), **values)


def _named(word: str, reason: str) -> str:
    return f"{word}/{reason}" if reason else word
