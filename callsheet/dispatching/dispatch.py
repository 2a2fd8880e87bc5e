"""Dispatch: what was confirmed leaves, once, inside its entity's sending window."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime

from callsheet import clock
from callsheet.channels.channel import Channel
from callsheet.channels.outbox import Outbox
from callsheet.channels.outcome import BOUNCED
from callsheet.channels.sendgrid import Sendgrid
from callsheet.channels.smtp import SmtpRelay
from callsheet.crash_points import Point, reached
from callsheet.dispatching.blocks import lift_blocks
from callsheet.dispatching.crew import CREWS
from callsheet.dispatching.due import DUE, due_now
from callsheet.dispatching.last_check import Checked, check_batch
from callsheet.dispatching.live_look import LiveLook, look_again
from callsheet.dispatching.open_actions import OpenAction, Telling, open_actions
from callsheet.dispatching.ownership import Owner, owning
from callsheet.dispatching.posting import print_letters
from callsheet.dispatching.recovery import settle
from callsheet.dispatching.routing import LETTERS, Provider, provider_of
from callsheet.dispatching.sending import AUTHOR, Batch, send_batch
from callsheet.dispatching.suppression import Dead, suppressing
from callsheet.group_commit import Committer
from callsheet.history import record
from callsheet.planning.content import Contents
from callsheet.proof.anchors import Occasion, anchor
from callsheet.settings import Settings
from callsheet.store.restarts import through_restarts
from callsheet.store.transaction import Transaction
from callsheet.store.warehouse import Warehouse
from callsheet.valves.dispatch_gate import DispatchGate
from callsheet.valves.kill_switch import KillSwitch
from callsheet.valves.sender import SINK
from callsheet.vocabulary import ActionType

_FILE_WRITERS = 64  # of the outbox: more of them, larger commit groups


@dataclass
class DispatchSummary:
    """What one dispatch did: counts only, the history holds the rest."""

    settled: int = 0  # attempts of a dead sender, now in doubt
    printed: int = 0  # letters laid into the outbox, to be posted
    waiting: int = 0  # outside the window, or put off by the provider
    sent: Counter[str] = field(default_factory=Counter)  # by state: accepted, rejected …
    stopped: Counter[str] = field(default_factory=Counter)  # by reason: paid, disputed …
    held: Counter[str] = field(default_factory=Counter)  # by breaker: they go when it is closed

    def as_text(self) -> dict[str, object]:
        """Return the counts as plain data."""
        return {
            "settled": self.settled,
            "printed": self.printed,
            "waiting": self.waiting,
            "sent": dict(sorted(self.sent.items())),
            "stopped": dict(sorted(self.stopped.items())),
            "held": dict(sorted(self.held.items())),
        }


class Batches:
    """Batches of action ids, a text each: 100,000 strings would take 20 MB more."""

    def __init__(self, batches: Iterable[Sequence[str]]) -> None:
        self._texts = ["\n".join(batch) for batch in batches]

    def __iter__(self) -> Iterator[list[str]]:
        """Yield the ids of one batch after the other."""
        return (text.split("\n") for text in self._texts)


def dispatch(
    warehouse: Warehouse,
    settings: Settings,
    as_of: date,
    now: datetime,
    *,
    entity: str | None = None,
    batch: Sequence[str] | None = None,
) -> DispatchSummary:
    """Send what is due on `as_of`: all of it, one entity's, or the actions named in `batch`.

    Busy when another process is dispatching. Calling it again sends nothing twice.
    """
    moment = clock.running_from(now)
    summary = DispatchSummary()
    with (
        owning(warehouse, settings, entity or _entity_of(warehouse, batch)) as owner,
        CREWS.kept(),
        ExitStack() as at_work,
    ):
        with warehouse.held(for_small_work=True):
            summary.settled = through_restarts(
                lambda: settle(warehouse, settings, owner, as_of, now)
            )
            batches = Batches([batch] if batch else [])
            if batch is None:
                with warehouse.transaction() as tx:
                    batches = due_batches(tx, settings, as_of, now, entity)
            gate = DispatchGate.of(warehouse, settings, as_of, moment())
            switch = at_work.enter_context(KillSwitch(warehouse, settings.home))
            committer = at_work.enter_context(Committer(warehouse))
            committer.keep_open()
        dispatcher = _Dispatcher(warehouse, settings, as_of, moment, owner, gate, switch, committer)
        for ids in batches:
            dispatcher.play(ids, summary)
    return summary


def _entity_of(warehouse: Warehouse, batch: Sequence[str] | None) -> str | None:
    """Return the one entity of a batch, so that others may be dispatched beside it."""
    if not batch or warehouse.kind == "duckdb":  # nobody dispatches beside an embedded file
        return None
    with warehouse.reading() as tx:
        rows = tx.fetch(
            "select distinct entity from action"
            " where action_id in (select unnest(cast($ids as varchar[])))",
            ids=list(batch),
        )
    return str(rows[0][0]) if len(rows) == 1 else None


def due_batches(
    tx: Transaction, settings: Settings, as_of: date, now: datetime, entity: str | None = None
) -> Batches:
    """Return the ids of what may leave now: one entity and channel a batch.

    Neighbours in the snapshot come together, so that the last look at a batch reads little of it.

    What was held back and no longer is, is given back first.
    """
    lift_blocks(tx, settings, as_of, now)
    groups: defaultdict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    ways = {channel: provider_of(channel, settings) for channel in ActionType}
    for action in due_now(tx, settings, as_of, now, entity):
        way = action.entity, ways[action.channel]
        groups[way].append((action.customer, action.action_id))
    size = settings.batch_size
    return Batches(
        [action_id for _, action_id in neighbours[first : first + size]]
        for neighbours in (sorted(groups[way]) for way in sorted(groups))
        for first in range(0, len(neighbours), size)
    )


@dataclass(frozen=True)
class _Dispatcher:
    """One dispatch at work: it checks a batch, then lets it go."""

    warehouse: Warehouse
    settings: Settings
    as_of: date
    moment: Callable[[], datetime]
    owner: Owner
    gate: DispatchGate
    switch: KillSwitch
    committer: Committer
    stopped: set[Provider] = field(default_factory=set)  # refused us all: not asked again today

    def play(self, ids: Sequence[str], summary: DispatchSummary) -> None:
        """Check the batch against the freshest facts, print its letters, send its mails."""
        live = look_again(self.warehouse, self.settings, ids, self.as_of)
        with self.warehouse.held(for_small_work=True):
            self._anchor_what_may_leave(ids)
            checked = through_restarts(lambda: self._checked(ids, live, summary))
            self.committer.keep_open()
        mails = [action for action in checked.ready if action.channel not in LETTERS]
        for provider, actions in self._by_provider(mails).items():
            summary.sent.update(self._send(provider, actions))
        reached(Point.BATCH_END)
        with self.warehouse.held(for_small_work=True):
            self._anchor(Occasion.BATCH_END)
            self.committer.keep_open()

    def _anchor_what_may_leave(self, ids: Sequence[str]) -> None:
        with self.gate.watching_the_ledger(self.warehouse, self.moment()):
            self._anchor(Occasion.FIRST_SEND, ids)

    def _anchor(self, why: Occasion, ids: Sequence[str] = ()) -> None:
        """Write outside what the ledger is, and what may leave now."""
        through_restarts(
            lambda: anchor(self.warehouse, self.settings, self.moment(), why, actions=ids)
        )

    def _checked(self, ids: Sequence[str], live: LiveLook, summary: DispatchSummary) -> Checked:
        with self.warehouse.transaction() as tx:
            actions = open_actions(tx, DUE, ids=ids)
            passing = self.gate.passing(tx, actions, self.moment())
            checked = check_batch(
                tx, self.settings, passing.actions, self.as_of, self.moment(), live=live
            )
            letters = [action for action in checked.ready if action.channel in LETTERS]
            printed = print_letters(tx, self.settings.home, letters, self.as_of, self.moment())
        summary.printed += printed
        summary.held.update(passing.held)
        summary.waiting += checked.waiting
        summary.stopped.update(checked.stopped)
        return checked

    def _by_provider(self, actions: Sequence[OpenAction]) -> Mapping[Provider, list[OpenAction]]:
        groups: defaultdict[Provider, list[OpenAction]] = defaultdict(list)
        for action in actions:
            groups[provider_of(action.channel, self.settings)].append(action)
        return groups

    def _send(self, provider: Provider, actions: Sequence[OpenAction]) -> Counter[str]:
        if provider in self.stopped or self.owner.is_lost:
            return Counter(left=len(actions))
        batch = Batch(
            warehouse=self.warehouse,
            channel=channel_of("sink" if self.gate.is_copy else provider, self.settings),
            contents=Contents(self.settings.home, {action.customer for action in actions}),
            domain=self.settings.message_domain,
            on_day=self.as_of,
            moment=self.moment,
            owner=self.owner,
            is_halted=self.switch.is_thrown,
        )
        threads = _FILE_WRITERS if provider == "outbox" else self.settings.sender_threads
        counts = send_batch(batch, actions, self.committer, threads)
        if batch.stopped.is_set():
            self.stopped.add(provider)
        if batch.bounced:
            through_restarts(lambda: self._suppress(batch.bounced))
        if batch.refused_by:
            self.gate.refused(self.warehouse, provider, batch.refused_by, self.moment())
        return counts

    def _suppress(self, bounced: Sequence[OpenAction]) -> None:
        """Write to these addresses no more: tomorrow the step goes to another contact."""
        told = Telling(self.as_of, self.moment(), AUTHOR)
        dead = [Dead(action, BOUNCED) for action in bounced]
        with self.warehouse.transaction() as tx:
            record(tx, suppressing(tx, dead, told))


def channel_of(provider: Provider, settings: Settings) -> Channel:
    """Return the way out that `provider` names; `manual` and `post` have none."""
    if provider == "smtp":
        return SmtpRelay(settings.channels.smtp)
    if provider == "sendgrid":
        return Sendgrid(settings.channels.sendgrid)
    if provider == "outbox":
        return Outbox(settings.home / "outbox")
    if provider == "sink":
        return Outbox(settings.home / SINK, name=SINK)
    raise ValueError(f"{provider} is a person's work: nothing is sent")
