"""Named places where the crash laboratory may end a process. In production they do nothing.

A point is reached many times; the laboratory arms one of them, and how often it lets it pass. Code
says `reached(Point.…)` where the name is true, and nothing else: no state, no branch of its own.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum


class Point(StrEnum):
    """A moment in the life of an action at which a process may die."""

    PLAN_COMPUTED = "plan computed"
    IN_INTENT_TRANSACTION = "in the intent transaction"
    INTENTS_COMMITTED = "intents committed"
    CONFIRMATION_OPEN = "confirmation open"
    CONFIRMED = "confirmed"
    ANCHOR_WRITTEN = "anchor written"
    CLAIM_OPEN = "claim open"
    CLAIM_COMMITTED = "claim committed"
    CONNECTED = "connected"
    REQUEST_HALF_WRITTEN = "request half written"
    REQUEST_WRITTEN = "request written, not accepted"
    ACCEPTED_NO_ANSWER = "accepted, no answer"
    ANSWER_READ = "answer read"
    OUTCOME_OPEN = "outcome open"
    OUTCOME_COMMITTED = "outcome committed"
    IN_RECOVERY = "in recovery"
    IN_RECONCILIATION = "in reconciliation"
    IN_EVENT_INBOX = "in the event inbox"
    EVENT_APPLIED = "event applied, not acknowledged"
    BATCH_END = "batch end before anchor"


def kill_the_group() -> None:
    """End this process and its children as a power cut would: nothing is flushed or closed."""
    os.killpg(0, signal.SIGKILL)


@dataclass
class _Charge:
    point: Point
    passes_left: int
    strike: Callable[[], None]
    lock: threading.Lock = field(default_factory=threading.Lock)

    def pass_by(self) -> None:
        with self.lock:  # nobody passes while it strikes
            self.passes_left -= 1
            if self.passes_left == 0:
                self.strike()


_charges: dict[Point, _Charge] = {}  # empty in production


def arm(point: Point, count: int = 1, strike: Callable[[], None] = kill_the_group) -> None:
    """Let `strike` happen when this process reaches `point` for the `count`-th time."""
    _charges[point] = _Charge(point, count, strike)


def disarm() -> None:
    """Make every point do nothing again."""
    _charges.clear()


def reached(point: Point) -> None:
    """Do nothing, unless this very point is armed in this process."""
    if _charges and (charge := _charges.get(point)):
        charge.pass_by()


def in_halves(content: bytes) -> Iterator[bytes]:
    """Yield what is to be written: whole, or in two when dying between them is armed."""
    if Point.REQUEST_HALF_WRITTEN not in _charges:
        yield content
        return
    middle = len(content) // 2
    yield content[:middle]
    reached(Point.REQUEST_HALF_WRITTEN)
    yield content[middle:]
