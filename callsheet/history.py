"""The history: the only writer of `event`, the append-only ledger that everything derives from.

Every event has a gapless `ledger_seq`, and a body: the canonical text of all its fields, which
`leaf_hash` is the SHA-256 of. Both are the same on both engines.
"""

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, wait
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from queue import Empty, SimpleQueue
from typing import Any, Self

import pyarrow as pa
from sqlmodel import SQLModel

from callsheet.crash_points import Point, reached
from callsheet.errors import CallsheetError, StoreFailed, Taken, UsageInvalid
from callsheet.keys import canonical_text, digest, shard
from callsheet.proof.ledger import seal
from callsheet.states import ARROWS
from callsheet.store.arrow_types import arrow_schema
from callsheet.store.transaction import Transaction
from callsheet.store.warehouse import Warehouse
from callsheet.vocabulary import ActionState

BODY_VERSION = 1
_NEW: tuple[int, ActionState | None] = (0, None)
_IDLE_SECONDS = 0.05  # the embedded file is let go when nothing came for so long,
_HELD_SECONDS = 5.0  # and every so often in any case, for so long that a waiting reader gets in
_GAP_SECONDS = 0.12


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
    last = tx.fetch("select coalesce(max(ledger_seq), 0) from event")[0][0]
    numbers = list(range(last + 1, last + 1 + len(events)))
    rows = _rows(numbers, events)
    tx.append("event", rows)
    seal(tx, numbers[0], rows["leaf_hash"].to_pylist())
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


_Waiting = tuple[Sequence[NewEvent], Future[None]]


class Committer:
    """Group commit: many sender threads, one writer; a sender goes on when its own row is durable.

    Use it as a context. While rows come, the embedded file stays open.
    """

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self._waiting: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._is_closing = False
        self._writer = threading.Thread(target=self._write, name="history", daemon=True)

    def __enter__(self) -> Self:
        """Start the writer."""
        self._writer.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Wait until everything that was submitted is durable, then stop the writer."""
        self._waiting.put(None)
        self._writer.join()

    def submit(self, *events: NewEvent) -> None:
        """Record `events` together; return when they are durable. Taken when the race is lost."""
        recorded: Future[None] = Future()
        self._waiting.put((events, recorded))
        while not recorded.done():
            if not self._writer.is_alive():
                raise StoreFailed("the history's writer is not running: nothing was recorded")
            wait([recorded], timeout=1)
        recorded.result()

    def _write(self) -> None:
        while not self._is_closing and (first := self._waiting.get()) is not None:
            try:
                with self._warehouse.held():
                    is_idle = self._commit_while_busy(first)
            except CallsheetError as problem:
                _tell([first], problem)
            else:
                time.sleep(0 if is_idle else _GAP_SECONDS)

    def _commit_while_busy(self, first: _Waiting) -> bool:
        """Commit group after group; return True when nothing waits, False when time is up."""
        until = time.monotonic() + _HELD_SECONDS
        group = [first]
        while time.monotonic() < until:
            self._commit([*group, *self._taken_from_queue(0)])
            group = self._taken_from_queue(_IDLE_SECONDS)
            if not group:
                return True
        self._commit(group)
        return False

    def _taken_from_queue(self, patience_seconds: float) -> list[_Waiting]:
        """Return what waits, at least one when it comes in time; nothing on closing."""
        group: list[_Waiting] = []
        with suppress(Empty):
            while not self._is_closing:
                one = self._waiting.get(timeout=0 if group else patience_seconds)
                self._is_closing = one is None
                group += [one] if one is not None else []
        return group

    def _commit(self, group: Sequence[_Waiting]) -> None:
        """Record a group in one transaction; one that is refused does not stop the others."""
        told = [event for events, _ in group for event in events]
        try:
            with self._warehouse.transaction() as tx:
                record(tx, told)
                _reach(told, Point.CLAIM_OPEN, Point.OUTCOME_OPEN)
            _reach(told, Point.CLAIM_COMMITTED, Point.OUTCOME_COMMITTED)
        except (Taken, UsageInvalid) as problem:
            if len(group) == 1:
                _tell(group, problem)
            else:
                for one in group:
                    self._commit([one])
        except CallsheetError as problem:
            _tell(group, problem)
        else:
            _tell(group, None)


def _reach(told: Sequence[NewEvent], claim: Point, outcome: Point) -> None:
    """Reach the points of what is recorded: claims to send, what came of them, or both."""
    states = {event.state for event in told}
    if ActionState.SENDING in states:
        reached(claim)
    if states - {ActionState.SENDING}:
        reached(outcome)


def _tell(group: Sequence[_Waiting], problem: CallsheetError | None) -> None:
    for _, recorded in group:
        if not recorded.done():
            recorded.set_exception(problem) if problem else recorded.set_result(None)


def _rows(numbers: Sequence[int], events: Sequence[NewEvent]) -> pa.Table:
    moments = {moment: _moment_text(moment) for moment in {e.happened_at for e in events}}
    bodies = [
        _body(number, event, moments[event.happened_at])
        for number, event in zip(numbers, events, strict=True)
    ]
    shards: dict[str, int] = {"": 0}
    for event in events:
        if event.customer not in shards:
            shards[event.customer] = shard(event.customer)
    columns: dict[str, list[Any]] = {
        "ledger_seq": list(numbers),
        "shard": [shards[event.customer] for event in events],
        "body": bodies,
        "leaf_hash": [digest(body) for body in bodies],
    }
    schema = arrow_schema(SQLModel.metadata.tables["event"])
    for name in schema.names:
        if name not in columns:
            columns[name] = [getattr(event, name) for event in events]
    return pa.table({name: columns[name] for name in schema.names}, schema=schema)


def _body(number: int, event: NewEvent, happened_at: str) -> str:
    """Return the canonical text of an event: every field, and the version of this format."""
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
            "detail": event.detail,
        }
    )


def _moment_text(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone: the history takes aware moments only")
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
