"""What was not sent on a day, and why: actions that stopped or wait, and accounts left alone."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from callsheet.reading.day_decisions import StoredDecision, decisions_on
from callsheet.reading.reasons import is_known, sentence
from callsheet.sealing.words import details_of
from callsheet.settings import Settings
from callsheet.store.transaction import Transaction

_QUERY = (Path(__file__).parents[1] / "sql" / "ledger" / "unsent_actions.sql").read_text("utf-8")

_WAITS_FOR = {"manual": "waits for a person to do it"}
_WAITS_FOR_YES = "waits for a person's yes"


@dataclass(frozen=True)
class UnsentAction:
    """An action that had not gone at the end of a day: the state it was in, and why."""

    action_id: str
    unit: str
    customer: str
    entity: str
    scenario: str
    step: str
    step_title: str
    channel: str
    mode: str
    leader: str
    leader_due: date | None
    act_on: date | None
    state: str
    reason: str
    since_day: date
    author: str
    why: str


@dataclass(frozen=True)
class NotSent:
    """All that was not sent on a day; `accounts` are those for which nothing was to be sent."""

    on_day: date
    actions: tuple[UnsentAction, ...]
    accounts: tuple[StoredDecision, ...]

    def counts(self) -> Mapping[str, int]:
        """Return how many accounts each outcome and reason has, as `hold/disputed`."""
        codes = Counter(code_of(one) for one in self.accounts)
        return dict(sorted(codes.items()))

    def as_text(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "on_day": self.on_day.isoformat(),
            "actions": [vars(one) for one in self.actions],
            "accounts_by_reason": self.counts(),
            "accounts": [
                {**vars(one), "why": sentence(one.reason or one.outcome, "decision")}
                for one in self.accounts
            ],
        }


def not_sent(tx: Transaction, settings: Settings, on_day: date) -> NotSent:
    """Return what was not sent on `on_day`: what was known of that day, told with its reasons."""
    rows = tx.fetch(_QUERY, day=on_day)
    details = details_of(tx, (row[-1] for row in rows))
    decided = sorted(decisions_on(tx, settings, on_day), key=lambda one: one.unit)
    return NotSent(
        on_day,
        tuple(_unsent(row, detail) for row, detail in zip(rows, details, strict=True)),
        tuple(one for one in decided if one.outcome != "act"),
    )


def code_of(decision: StoredDecision) -> str:
    """Return outcome and reason as one word."""
    return f"{decision.outcome}/{decision.reason}" if decision.reason else decision.outcome


def _unsent(row: tuple[Any, ...], detail: Mapping[str, Any]) -> UnsentAction:
    *facts, _ = row
    known = dict(zip(UnsentAction.__dataclass_fields__, facts, strict=False))
    said = detail.get("why", "")
    why = sentence(known["reason"]) if is_known(known["reason"]) else known["reason"]
    if known["state"] == "planned":
        why = why or _WAITS_FOR.get(known["mode"], _WAITS_FOR_YES)
    return UnsentAction(**known, why=said or why or sentence(known["state"], "state"))
