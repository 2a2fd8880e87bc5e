"""One action as an auditor asks of it: who, what, when, why, the very bytes, whose yes, what proof.

All of it is read from the ledger, the frozen intent and the content store. The bytes are built
again from the recorded attempt, and their hash is compared with the one recorded before they left.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from callsheet.channels.channel import WIRE
from callsheet.desk.naming import action_named
from callsheet.dispatching.open_actions import CONTENT
from callsheet.dispatching.posting import letter_subject
from callsheet.dispatching.wire import wire_of
from callsheet.keys import digest
from callsheet.messages.message import Message
from callsheet.planning.content import ContentMissing, Contents, read
from callsheet.proof.anchors import folder_of, read_anchors
from callsheet.proof.ledger import ledger_id
from callsheet.reading.day_decisions import decisions_on
from callsheet.reading.reasons import is_known, sentence
from callsheet.sealing.words import details_of
from callsheet.settings import Settings
from callsheet.store.tables import Action
from callsheet.store.transaction import Transaction

_EVENTS = (Path(__file__).parents[1] / "sql" / "ledger" / "events_of_action.sql").read_text("utf-8")
_PROOFS = frozenset({"accepted", "delivered", "delivery_failed", "declared_sent", "done"})


@dataclass(frozen=True)
class AuditedEvent:
    """One event of an action, with what was noted about it."""

    ledger_seq: int
    subject: str
    no: int
    kind: str
    state: str
    reason: str
    on_day: date
    happened_at: datetime
    author: str
    detail: Mapping[str, Any]
    leaf_hash: str

    @property
    def why(self) -> str:
        """Return its reason as a sentence; '' when it has none."""
        return sentence(self.reason) if is_known(self.reason) else self.reason


@dataclass(frozen=True)
class SentBytes:
    """What left in the last attempt, built again; `agrees` compares it with what was recorded."""

    attempt: int
    sent_at: datetime
    provider: str
    wire: bytes
    rebuilt: str  # the keyed hash of these bytes
    recorded: str

    @property
    def agrees(self) -> bool:
        """Say whether these are the very bytes whose hash was recorded before they left."""
        return self.rebuilt == self.recorded


@dataclass(frozen=True)
class Written:
    """One text an action had: as planned, or as a person wrote it; None when it is not kept."""

    content_hash: str
    author: str
    happened_at: datetime
    message: Message | None

    def as_text(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "content_hash": self.content_hash,
            "author": self.author,
            "written_at": self.happened_at,
            "subject": self.message.subject if self.message else None,
            "text": self.message.text if self.message else None,
        }


@dataclass(frozen=True)
class Audit:
    """Everything known of one action."""

    action: Action
    assigned_by: str
    events: Sequence[AuditedEvent]
    texts: Sequence[Written]
    sent: SentBytes | None
    anchored_through: int

    @property
    def message(self) -> Message | None:
        """Return what it says now, or said when it left; None when that is not kept."""
        return self.texts[-1].message if self.texts else None

    @property
    def content_hash(self) -> str:
        """Return the hash of that."""
        return self.texts[-1].content_hash if self.texts else ""

    @property
    def confirmation(self) -> AuditedEvent | None:
        """Return who said yes: a person, or the policy for an automatic step."""
        return next((one for one in reversed(self.events) if one.state == "confirmed"), None)

    @property
    def proofs(self) -> list[AuditedEvent]:
        """Return what proves that it went, arrived, or came back."""
        return [one for one in self.events if one.state in _PROOFS]

    @property
    def played_on(self) -> date | None:
        """Return the business day on which it went or was done."""
        return next((one.on_day for one in self.proofs), None)

    @property
    def days_late(self) -> int | None:
        """Return how late the leader was when it went; before that, when it was planned."""
        if self.action.leader_due is None:
            return None
        return ((self.played_on or self.action.planned_on) - self.action.leader_due).days

    def as_text(self) -> dict[str, Any]:
        """Return it as plain data."""
        action, message = self.action, self.message
        return {
            "action_id": action.action_id,
            "who": {
                "customer": action.customer, "entity": action.entity, "unit": action.unit,
                "role": action.role, "internal": action.internal,
                "name": message.to_name if message else None,
                "address": message.to_address if message else None,
            },
            "of_what": json.loads(action.claim),
            "when": {
                "planned_on": action.planned_on, "due_on": action.due_on, "act_on": action.act_on,
                "played_on": self.played_on, "sent_at": self.sent.sent_at if self.sent else None,
            },
            "why": {
                "origin": action.origin, "scenario": action.scenario,
                "scenario_version": action.scenario_version, "assigned_by": self.assigned_by,
                "step": action.step, "step_title": action.step_title, "step_day": action.step_day,
                "run_no": action.run_no, "occurrence": action.occurrence, "leader": action.leader,
                "leader_due": action.leader_due, "days_late": self.days_late,
                "snapshots": json.loads(action.snapshots), "plan": action.plan_id,
            },
            "what": self._what(),
            "confirmed": _plain(self.confirmation) if self.confirmation else None,
            "proof": [_plain(one) for one in self.proofs],
            "history": [_plain(one) for one in self.events],
            "anchored_through": self.anchored_through,
        }  # fmt: skip

    def _what(self) -> dict[str, Any]:
        message, sent = self.message, self.sent
        return {
            "channel": self.action.channel,
            "content_hash": self.content_hash,
            "content_is_kept": message is not None,
            "subject": message.subject if message else None,
            "text": message.text if message else None,
            "texts": [one.as_text() for one in self.texts],
            "attachments": [one.name for one in message.attachments] if message else [],
            "attempt": sent.attempt if sent else None,
            "provider": sent.provider if sent else None,
            "wire_hash_recorded": sent.recorded if sent else None,
            "wire_hash_rebuilt": sent.rebuilt if sent else None,
            "wire_agrees": sent.agrees if sent else None,
            "wire_base64": base64.b64encode(sent.wire).decode() if sent else None,
        }


def audit(tx: Transaction, settings: Settings, name: str) -> Audit:
    """Return all that is known of the action whose id begins with `name`."""
    key = action_named(tx, name).action_id
    columns = list(Action.model_fields)
    [row] = tx.fetch(
        f"select {', '.join(columns)} from action where action_id = $key",  # noqa: S608  # names of our own
        key=key,
    )
    action = Action(**dict(zip(columns, row, strict=True)))
    lines = tx.fetch(_EVENTS, action_id=key, letter=letter_subject(key))
    details = details_of(tx, (line[-2] for line in lines))
    events = [_event(detail, *line) for line, detail in zip(lines, details, strict=True)]
    texts = _texts(settings, action, events)
    decided = [
        one
        for one in decisions_on(tx, settings, action.planned_on, action.customer)
        if one.unit == action.unit
    ]
    known = read_anchors(folder_of(settings), ledger_id(tx)).by_group
    return Audit(
        action,
        assigned_by=decided[0].assigned_by if decided and action.origin == "scenario" else "",
        events=events,
        texts=texts,
        sent=_sent(settings, action, events, texts[-1].message if texts else None),
        anchored_through=max((one.seq for one in known.values()), default=0),
    )


def _event(detail: Mapping[str, Any], *row: Any) -> AuditedEvent:
    *facts, _, leaf_hash = row
    known = dict(zip(AuditedEvent.__dataclass_fields__, facts, strict=False))
    return AuditedEvent(**known, detail=detail, leaf_hash=leaf_hash)


def _texts(settings: Settings, action: Action, events: Sequence[AuditedEvent]) -> list[Written]:
    """Return every text it had, the newest last: the one that is confirmed and sent."""
    if not action.content_hash or not events:
        return []
    begun, planned = events[0], action.content_hash
    message = _message(settings, action, planned)
    texts = [Written(planned, begun.author, begun.happened_at, message)]
    for one in events:
        now = str(one.detail.get(CONTENT) or texts[-1].content_hash)
        if now != texts[-1].content_hash:
            message = _message(settings, action, now)
            texts.append(Written(now, one.author, one.happened_at, message))
    return texts


def _message(settings: Settings, action: Action, content_hash: str) -> Message | None:
    try:
        return read(settings.home, action.customer, content_hash)
    except ContentMissing:
        return None


def _sent(
    settings: Settings, action: Action, events: Sequence[AuditedEvent], message: Message | None
) -> SentBytes | None:
    """Build the bytes of the last attempt again; None when none was made by a machine."""
    attempts = [one for one in events if one.state == "sending" and WIRE in one.detail]
    if not attempts or message is None:
        return None
    last = attempts[-1]
    wire = wire_of(action, message, last.detail, last.on_day, last.happened_at)
    contents = Contents(settings.home, [action.customer])
    return SentBytes(
        attempt=int(last.detail["attempt"]),
        sent_at=last.happened_at,
        provider=str(last.detail["provider"]),
        wire=wire,
        rebuilt=contents.mark(action.customer, digest(wire)),
        recorded=str(last.detail[WIRE]),
    )


def _plain(event: AuditedEvent) -> dict[str, Any]:
    return {**vars(event), "why": event.why}
