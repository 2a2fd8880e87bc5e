"""Doubts: messages that may have gone or not. Evidence closes them, or a person who says why."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from callsheet.desk.naming import action_named
from callsheet.dispatching.open_actions import OpenAction, Telling, open_actions
from callsheet.errors import UsageInvalid
from callsheet.history import record
from callsheet.planning.content import ContentMissing, read
from callsheet.sealing.words import open_words
from callsheet.settings import Settings
from callsheet.store.transaction import Transaction
from callsheet.vocabulary import ActionState

# What the program itself writes as author: a doubt is closed under a person's name.
_PROGRAMS = frozenset({"dispatch", "recovery", "policy", "plan", "decision", "evidence"})


class Verdict(StrEnum):
    """What a person says of a doubt."""

    SENT = "declared_sent"
    RESEND = "resend_ordered"
    ABANDON = "abandoned"


@dataclass(frozen=True)
class Doubt:
    """An action in doubt, and the attempt nobody can vouch for."""

    action: OpenAction
    sent_on: date
    sent_at: datetime
    provider: str
    message_id: str
    detail: Mapping[str, Any] = field(default_factory=dict)  # of its last event

    def as_text(self) -> dict[str, Any]:
        """Return it as plain data."""
        one = self.action
        return {
            "action_id": one.action_id, "customer": one.customer, "entity": one.entity,
            "unit": one.unit, "step": one.step_title or one.step, "channel": str(one.channel),
            "legal": one.legal, "internal": one.internal, "leader": one.leader,
            "reason": one.reason, "since": one.on_day, "attempt": one.attempt,
            "sent_on": self.sent_on, "sent_at": self.sent_at, "provider": self.provider,
            "message_id": self.message_id, "found": self.found,
        }  # fmt: skip

    @property
    def found(self) -> Mapping[str, Any]:
        """Return what is known of how it broke off: the provider's words, a code."""
        known = {"attempt", "content", "lease", "fence"}
        return {name: text for name, text in self.detail.items() if name not in known}


@dataclass(frozen=True)
class Closed:
    """A doubt that a person closed."""

    action_id: str
    state: ActionState
    sentence: str


def doubts(tx: Transaction, entity: str | None = None) -> list[Doubt]:
    """Return every doubt, the oldest first."""
    return _with_attempts(tx, open_actions(tx, [ActionState.IN_DOUBT], entity))


def doubt_named(tx: Transaction, name: str) -> Doubt:
    """Return the doubt whose action's id begins with `name`; UsageInvalid when it is none."""
    action = action_named(tx, name)
    if action.state is not ActionState.IN_DOUBT:
        raise UsageInvalid(
            f"{action.action_id[:8]} is not in doubt: it is {action.state} since {action.on_day}\n"
            "  do           see `callsheet doubt list`"
        )
    [doubt] = _with_attempts(tx, [action])
    return doubt


def close(tx: Transaction, name: str, verdict: Verdict, why: str, told: Telling) -> Closed:
    """Close a doubt as a named person says; what is declared sent counts on the attempt's day.

    A resend is a new attempt of the same action: it is looked at once more before it leaves.
    """
    _check_person(told.author)
    if not why.strip():
        raise UsageInvalid("--why is empty: write how you know, for whoever reads the history")
    doubt = doubt_named(tx, name)
    action = doubt.action
    day = doubt.sent_on if verdict is Verdict.SENT else told.on_day
    state = ActionState(verdict)
    detail = {"attempt": action.attempt, "why": why.strip()}
    telling = Telling(day, told.happened_at, told.author.strip())
    record(tx, [action.event(state, telling, detail=detail)])
    return Closed(action.action_id, state, _sentence(action, verdict, day, telling.author))


def address_of(settings: Settings, doubt: Doubt) -> str:
    """Return whom the doubtful message was for; '' when its text is not kept any more."""
    action = doubt.action
    try:
        return read(settings.home, action.customer, action.content_hash).to_address
    except ContentMissing:
        return ""


def _check_person(author: str) -> None:
    if not author.strip() or author.strip().lower() in _PROGRAMS:
        raise UsageInvalid(
            f"{author or 'nobody'}: a doubt is closed under a person's name\n"
            "  do           add --by NAME"
        )


def _sentence(action: OpenAction, verdict: Verdict, day: date, author: str) -> str:
    named = f"{action.step_title or action.step} for {action.customer} ({action.action_id[:8]})"
    said = {
        Verdict.SENT: f"counts as sent on {day}",
        Verdict.RESEND: "goes again with the next dispatch, after a last look",
        Verdict.ABANDON: "is given up: it is not sent again, and its step counts as left out",
    }
    return f"{named}: {said[verdict]}, {author} says so"


def _with_attempts(tx: Transaction, actions: list[OpenAction]) -> list[Doubt]:
    """Join the last attempt of each action: what was known before the call."""
    rows = tx.fetch(
        "select distinct on (subject) subject, on_day, happened_at, body from event"
        " where kind = 'action' and state = 'sending'"
        " and subject in (select unnest(cast($ids as varchar[]))) order by subject asc, no desc",
        ids=[action.action_id for action in actions],
    )
    attempts = {row[0]: row[1:] for row in rows}
    told = open_words(tx, (action.detail for action in actions))
    return [
        replace(_doubt(action, attempts.get(action.action_id)), detail=detail)
        for action, detail in zip(actions, told, strict=True)
    ]


def _doubt(action: OpenAction, attempt: tuple[Any, ...] | None) -> Doubt:
    if attempt is None:  # a restored ledger does not know it
        return Doubt(action, action.on_day, _moment(action.body), "", "")
    on_day, happened_at, body = attempt
    detail = json.loads(body).get("detail", {})
    provider, message_id = (str(detail.get(name, "")) for name in ("provider", "message_id"))
    return Doubt(action, on_day, happened_at, provider, message_id)


def _moment(body: str) -> datetime:
    return datetime.fromisoformat(json.loads(body)["happened_at"])
