"""The history: the only writer of `event`, the append-only ledger that everything derives from.

Every event has a gapless `ledger_seq`, and a body: the canonical text of all its fields, which
`leaf_hash` is the SHA-256 of. Both are the same on both engines.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from operator import attrgetter
from typing import Any

import pyarrow as pa
from sqlmodel import SQLModel

from callsheet.errors import Taken, UsageInvalid
from callsheet.keys import canonical_text, digest, shard
from callsheet.proof.ledger import last_group, seal
from callsheet.sealing.words import Details, sealed_words
from callsheet.states import ARROWS
from callsheet.store.arrow_types import arrow_schema
from callsheet.store.transaction import Transaction
from callsheet.vocabulary import ActionState

BODY_VERSION = 1
_NEW: tuple[int, ActionState | None] = (0, None)


@dataclass(frozen=True)
class NewEvent:
    """A fact to be recorded: what happened to `subject` as its event number `no` (from 1).

    `before` is the state that event `no - 1` left, when the caller has read it: rows never change,
    so it stays true and need not be asked again. It is not part of what is recorded.
    """

    subject: str
    no: int
    kind: str
    on_day: date
    happened_at: datetime
    author: str
    state: str = ""
    reason: str = ""
    unit: str = ""
    customer: str = ""
    entity: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    before: str | None = None


def record(tx: Transaction, events: Sequence[NewEvent]) -> list[int]:
    """Append `events` to the ledger and return their sequence numbers.

    Taken when another writer took one of these (subject, no); UsageInvalid when a state may not
    follow the one before it. Then nothing of the transaction is kept.
    """
    if not events:
        return []
    tx.alone("ledger")
    check_arrows(tx, events)
    sealed = sealed_words(tx, events)
    sealed.keep(tx)
    before = last_group(tx)
    first = before.last_seq + 1 if before else 1
    numbers = list(range(first, first + len(events)))
    rows = _rows(numbers, events, sealed.details)
    tx.append("event", rows)
    seal(tx, before, rows["leaf_hash"].to_pylist())
    return numbers


def states_of(
    tx: Transaction, action_ids: Sequence[str] | None = None
) -> dict[str, tuple[int, str]]:
    """Return the last event's number and the state of each action (None: of all)."""
    if action_ids is None:
        rows = tx.fetch("select action_id, no, state from action_state")
    else:
        rows = tx.fetch(
            "select distinct on (subject) subject, no, state from event"
            " where kind = 'action'"
            " and subject in (select unnest(cast($subjects as varchar[])))"
            " order by subject, no desc",
            subjects=list(action_ids),
        )
    return {subject: (no, state) for subject, no, state in rows}


def check_arrows(tx: Transaction, events: Iterable[NewEvent]) -> None:
    """Refuse an action event whose state may not follow the state before it.

    Numbers that are already used raise Taken; a gap in a subject's numbers is UsageInvalid.
    """
    moves = sorted((e for e in events if e.kind == "action"), key=lambda e: (e.subject, e.no))
    before = _states_before(tx, moves)
    for move in moves:
        last_no, last_state = before.get(move.subject, _NEW)
        if move.no <= last_no:
            raise Taken(f"action {move.subject}: event {move.no} has been recorded already")
        if move.no > last_no + 1:
            raise UsageInvalid(f"action {move.subject}: no event {last_no + 1} before {move.no}")
        if move.state not in ARROWS[last_state]:
            raise UsageInvalid(
                f"action {move.subject} is {last_state or 'new'}: it cannot become {move.state}"
            )
        before[move.subject] = (move.no, ActionState(move.state))


def _states_before(
    tx: Transaction, moves: Sequence[NewEvent]
) -> dict[str, tuple[int, ActionState | None]]:
    """Ask only for what no move tells: a first event's race is for the key to decide."""
    firsts = {move.subject: move for move in reversed(moves)}
    before = {
        subject: (move.no - 1, ActionState(move.before))
        for subject, move in firsts.items()
        if move.before
    }
    asked = [s for s, move in firsts.items() if move.no > 1 and not move.before]
    found = states_of(tx, asked) if asked else {}
    return {**before, **{s: (no, ActionState(state)) for s, (no, state) in found.items()}}


def unrecorded(tx: Transaction, events: Sequence[NewEvent]) -> list[NewEvent]:
    """Return those of `events` that are not in the ledger as they stand.

    For a commit whose answer was lost: nobody else records meanwhile, so what is not there now was
    not committed. An event whose place another took is returned too, for its race is lost.
    """
    tx.alone("ledger")
    rows = tx.fetch(
        "select subject, no, ledger_seq, body from event"
        " where subject in (select unnest(cast($subjects as varchar[])))",
        subjects=list({event.subject for event in events}),
    )
    stored = {(subject, no): (seq, body) for subject, no, seq, body in rows}
    details = sealed_words(tx, events).details
    return [
        event
        for event, detail in zip(events, details, strict=True)
        if not _is_stored(event, detail, stored)
    ]


def _is_stored(
    event: NewEvent, detail: Details, stored: Mapping[tuple[str, int], tuple[int, str]]
) -> bool:
    seq, body = stored.get((event.subject, event.no), (0, ""))
    return body == _body(seq, event, detail, _moment_text(event.happened_at))


def _rows(
    numbers: Sequence[int], events: Sequence[NewEvent], details: Sequence[Details]
) -> pa.Table:
    moments = {moment: _moment_text(moment) for moment in {e.happened_at for e in events}}
    bodies = [
        _body(number, event, detail, moments[event.happened_at])
        for number, event, detail in zip(numbers, events, details, strict=True)
    ]
    shards: dict[str, int] = {"": 0}
    for event in events:
        if event.customer not in shards:
            shards[event.customer] = shard(event.customer)
    columns: dict[str, Sequence[Any]] = {
        "ledger_seq": list(numbers),
        "shard": [shards[event.customer] for event in events],
        "body": bodies,
        "leaf_hash": [digest(body) for body in bodies],
    }
    schema = arrow_schema(SQLModel.metadata.tables["event"])
    told = [name for name in schema.names if name not in columns]
    values = zip(*map(attrgetter(*told), events), strict=True)
    columns |= dict(zip(told, values, strict=True))
    return pa.table({name: columns[name] for name in schema.names}, schema=schema)


def _body(number: int, event: NewEvent, detail: Details, happened_at: str) -> str:
    """Return the canonical text of an event: every field, and the version of this format.

    `detail` is the event's with every free text as its keyed hash.
    """
    return canonical_text(
        {
            "v": BODY_VERSION,
            "ledger_seq": number,
            "subject": event.subject,
            "no": event.no,
            "kind": event.kind,
            "state": event.state,
            "reason": event.reason,
            "on_day": event.on_day.isoformat(),
            "happened_at": happened_at,
            "author": event.author,
            "unit": event.unit,
            "customer": event.customer,
            "entity": event.entity,
            "detail": detail,
        }
    )


def _moment_text(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone: the history takes aware moments only")
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
