"""Sending a batch: each attempt is durable before its first byte, its outcome right after.

Threads take actions one by one. A thread records `sending`, waits until that is on disk, hands
the message over once and records what came of it, together with its next attempt. A kill leaves
at most one doubt per thread.
"""

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from callsheet.channels.channel import WIRE, Channel, Sender
from callsheet.channels.envelope import Envelope, UnsafeHeader
from callsheet.channels.outcome import BOUNCED, SendOutcome, not_sent
from callsheet.dispatching.crew import CREWS
from callsheet.dispatching.late_answers import closing
from callsheet.dispatching.open_actions import OpenAction, Telling, open_actions
from callsheet.dispatching.ownership import Owner
from callsheet.errors import Taken
from callsheet.group_commit import Committer
from callsheet.history import NewEvent
from callsheet.planning.content import ContentMissing, Contents
from callsheet.store.warehouse import Warehouse
from callsheet.vocabulary import ActionState

AUTHOR = "dispatch"
# It was stopped for so long between claim and send that another may dispatch: it sends no more.
LEASE_LOST = not_sent("lease_lost", {})
MAX_ATTEMPTS = 5  # of one action, when each was proved not to have been accepted


@dataclass
class Batch:
    """What the threads of one batch share."""

    warehouse: Warehouse
    channel: Channel
    contents: Contents
    domain: str
    on_day: date
    moment: Callable[[], datetime]
    owner: Owner
    is_halted: Callable[[], bool] = lambda: False  # the kill switch, asked before each send
    desk: threading.Lock = field(default_factory=threading.Lock)  # where one at a time prepares
    stopped: threading.Event = field(default_factory=threading.Event)
    bounced: list[OpenAction] = field(default_factory=list)  # their addresses are no one's
    refused_by: str = ""  # why the provider carries nothing of ours; a person must mend it

    def stop(self, outcome: SendOutcome) -> None:
        """Stop every thread; what the provider refuses us all is not tried by itself again."""
        self.stopped.set()
        if outcome.state is not ActionState.RETRY_WAIT:
            self.refused_by = outcome.reason

    def heed(self, action: OpenAction, outcome: SendOutcome) -> None:
        """Note what an outcome means for the messages after it."""
        if outcome.stops_channel:
            self.stop(outcome)
        if outcome.reason == BOUNCED:
            self.bounced.append(action)

    def envelope(self, action: OpenAction) -> Envelope:
        """Return the next attempt of an action, with the content that was confirmed."""
        return Envelope(
            action_id=action.action_id,
            attempt=action.attempt + 1,
            entity=action.entity,
            day=self.on_day,
            sent_at=self.moment(),
            domain=self.domain,
            message=self.contents.read(action.customer, action.content_hash),
        )


def send_batch(
    batch: Batch, actions: Sequence[OpenAction], committer: Committer, threads: int
) -> Counter[str]:
    """Send every action of a batch, once; return how many came to which state."""
    waiting = deque(actions)
    batch.contents.read_ahead((action.customer, action.content_hash) for action in actions)
    counts: Counter[str] = Counter()
    count = min(threads, len(actions))
    with committer.expecting(count), CREWS.crew(batch.channel, threads) as crew:
        for states in crew.each(
            lambda sender: _send_some(batch, waiting, committer, sender), count
        ):
            counts.update(states)
    left = len(actions) - sum(counts.values())
    return counts + Counter(left=left)  # adding drops what is 0


def _handed_out(waiting: deque[OpenAction]) -> Iterator[OpenAction]:
    """Yield what waits, each to one thread only."""
    with suppress(IndexError):
        while True:
            yield waiting.popleft()


def _send_some(
    batch: Batch, waiting: deque[OpenAction], committer: Committer, sender: Sender
) -> Counter[str]:
    """Send one action after the other; an outcome is recorded together with the next attempt."""
    counts: Counter[str] = Counter()
    untold: list[NewEvent] = []
    try:
        for action in _handed_out(waiting):
            if batch.stopped.is_set() or batch.owner.is_lost or batch.is_halted():
                break
            attempt = _prepared(batch, action)
            if not _is_claimed(batch, committer, untold, attempt.event):
                counts["taken"] += 1  # somebody withdrew it, or another dispatch was first
            elif attempt.envelope is None:
                counts[str(attempt.event.state)] += 1
            else:
                outcome = LEASE_LOST if batch.owner.is_lost else sender.send(attempt.envelope)
                batch.heed(action, outcome)
                counts[str(outcome.state)] += 1
                untold = [_came_to(batch, action, attempt.envelope, outcome)]
                continue
            untold = []
    finally:
        _tell(batch, committer, untold)  # whatever broke off: what a provider said is kept
    return counts


def _is_claimed(
    batch: Batch, committer: Committer, untold: Sequence[NewEvent], attempt: NewEvent
) -> bool:
    """Record what came of the last attempt and, with it, the next one: durable on return."""
    try:
        committer.submit(*untold, attempt)
    except Taken:
        if not untold:
            return False
        _tell(batch, committer, untold)
        return _is_claimed(batch, committer, (), attempt)
    return True


def _tell(batch: Batch, committer: Committer, answers: Sequence[NewEvent]) -> None:
    """Record what came of an attempt; of one that was given up meanwhile, as evidence."""
    try:
        if answers:
            committer.submit(*answers)
    except Taken:
        with batch.warehouse.reading() as tx:
            actions = open_actions(tx, [ActionState.IN_DOUBT], ids=[a.subject for a in answers])
        [answer] = answers
        for action in actions:
            with suppress(Taken):  # a person, or other evidence, has just closed it
                committer.submit(*closing(action, answer))


@dataclass(frozen=True)
class _Prepared:
    """An attempt ready to go, or (without envelope) the refusal of one that cannot be made."""

    event: NewEvent
    envelope: Envelope | None = None


def _prepared(batch: Batch, action: OpenAction) -> _Prepared:
    """Prepare one message at a time: this is computing, and threads only disturb each other."""
    try:
        with batch.desk:
            envelope = batch.envelope(action)
            return _Prepared(_attempt(batch, action, envelope), envelope)
    except ContentMissing as missing:
        reason = missing.reason
    except UnsafeHeader:
        reason = "unsafe_header"
    told = Telling(batch.on_day, batch.moment(), AUTHOR)
    return _Prepared(action.event(ActionState.REJECTED, told, reason=reason))


def _attempt(batch: Batch, action: OpenAction, envelope: Envelope) -> NewEvent:
    trace = dict(batch.channel.trace(envelope))
    return action.event(
        ActionState.SENDING,
        Telling(batch.on_day, envelope.sent_at, AUTHOR),
        detail={
            "attempt": envelope.attempt,
            "provider": batch.channel.name,
            "message_id": envelope.message_id,
            **trace,
            WIRE: batch.contents.mark(action.customer, trace[WIRE]),
            **batch.owner.mark,
        },
    )


def _came_to(
    batch: Batch, action: OpenAction, envelope: Envelope, outcome: SendOutcome
) -> NewEvent:
    detail: dict[str, Any] = {"attempt": envelope.attempt, **outcome.proof}
    if outcome.state is ActionState.RETRY_WAIT:
        pause = timedelta(seconds=outcome.retry_after_seconds)
        detail["retry_at"] = (batch.moment() + pause).isoformat()
    return action.event(
        outcome.state,
        Telling(batch.on_day, batch.moment(), AUTHOR),
        reason=outcome.reason,
        detail=detail,
        after=1,
        before=ActionState.SENDING,
    )
