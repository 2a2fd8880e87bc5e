"""Group commit: many sender threads, one writer; a sender goes on when its own row is durable."""

import math
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import Self

from callsheet.crash_points import Point, reached
from callsheet.errors import CallsheetError, StoreFailed, Taken, UsageInvalid
from callsheet.history import NewEvent, record, unrecorded
from callsheet.store.restarts import through_restarts, through_waits
from callsheet.store.warehouse import Warehouse
from callsheet.vocabulary import ActionState

_IDLE_SECONDS = 0.05  # the embedded file is let go when nothing came for so long,
_HELD_SECONDS = 5.0  # and every so often in any case, for so long that a waiting reader gets in
_GAP_SECONDS = 0.12
_PAUSE_SECONDS = 0.05  # a group is recorded when it is full, when no other sender came for so
_GATHERING_SECONDS = 0.25  # long, and after so long in any case

# What is to be recorded, and where its sender waits for the answer: None when it is durable. A
# queue of its own is lighter than a Future.
_Waiting = tuple[Sequence[NewEvent], SimpleQueue[CallsheetError | None]]


class Committer:
    """Records what its threads submit, in groups. Use it as a context.

    While rows come, the embedded file stays open.
    """

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self._waiting: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._is_closing = False
        self._senders = 1
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
        answer: SimpleQueue[CallsheetError | None] = SimpleQueue()
        self._waiting.put((events, answer))
        while True:
            try:
                problem = answer.get(timeout=1)
            except Empty:
                if not self._writer.is_alive():
                    raise StoreFailed("the history's writer is not running") from None
                continue
            if problem is not None:
                raise problem
            return

    def keep_open(self) -> None:
        """Keep an embedded file open for a moment that the caller has open now, for what follows.

        Opening it anew would cost more than all that is recorded in between.
        """
        self.submit()

    @contextmanager
    def expecting(self, senders: int) -> Iterator[None]:
        """Expect so many senders meanwhile: a group is full when each of them is in it."""
        self._senders = senders
        try:
            yield
        finally:
            self._senders = 1

    def _write(self) -> None:
        while not self._is_closing and (first := self._waiting.get()) is not None:
            try:
                is_idle = through_waits(partial(self._commit_while_busy, first))
            except CallsheetError as problem:
                _tell([first], problem)
            else:
                time.sleep(0 if is_idle else _GAP_SECONDS)

    def _commit_while_busy(self, first: _Waiting) -> bool:
        """Commit group after group; return True when nothing waits, False when time is up.

        Busy when the warehouse could not be had: then nothing was done.
        """
        with self._warehouse.held(for_small_work=True):
            until = time.monotonic() + _HELD_SECONDS
            group = [first]
            while group and time.monotonic() < until:
                others = self._taken_from_queue(
                    _PAUSE_SECONDS, most=self._senders - 1, in_all=_GATHERING_SECONDS
                )
                self._commit(group + others)
                group = self._taken_from_queue(_IDLE_SECONDS, most=1)
            if group:
                self._commit(group)
            return not group

    def _taken_from_queue(
        self, pause_seconds: float, most: int, in_all: float = math.inf
    ) -> list[_Waiting]:
        """Return what waits or comes one after the other, until there is such a pause."""
        group: list[_Waiting] = []
        until = time.monotonic() + in_all
        with suppress(Empty):
            while not self._is_closing and len(group) < most:
                patience = min(pause_seconds, until - time.monotonic())
                one = self._waiting.get(timeout=max(0.0, patience))
                self._is_closing = one is None
                group += [one] if one is not None else []
        return group

    def _commit(self, group: Sequence[_Waiting]) -> None:
        """Record a group in one transaction; one that is refused does not stop the others."""
        try:
            self._record([event for events, _ in group for event in events])
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

    def _record(self, told: Sequence[NewEvent]) -> None:
        """Record in one transaction. When the server is gone or held, ask it again for a while.

        What it kept of a commit whose answer was lost is read back, never recorded twice.
        """
        was_lost = False

        def attempt() -> None:
            nonlocal was_lost
            is_again, was_lost = was_lost, True
            with self._warehouse.transaction() as tx:
                record(tx, unrecorded(tx, told) if is_again else told)
                _reach(told, Point.CLAIM_OPEN, Point.OUTCOME_OPEN)

        through_waits(lambda: through_restarts(attempt))
        _reach(told, Point.CLAIM_COMMITTED, Point.OUTCOME_COMMITTED)


def _reach(told: Sequence[NewEvent], claim: Point, outcome: Point) -> None:
    """Reach the points of what is recorded: claims to send, what came of them, or both."""
    states = {event.state for event in told}
    if ActionState.SENDING in states:
        reached(claim)
    if states - {ActionState.SENDING}:
        reached(outcome)


def _tell(group: Sequence[_Waiting], problem: CallsheetError | None) -> None:
    for _, answer in group:
        answer.put(problem)  # the sender takes the first one only
