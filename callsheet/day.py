"""One business day, step by step: what the flow `collect` and the replay both play.

Each step leaves its result in the lake or the warehouse, so that a step played twice finds its
work done. `as_of` is the day that is played; `now` the moment that is written down.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Protocol

from callsheet.configuration import configuration_of
from callsheet.crash_points import Point, reached
from callsheet.decision import decide
from callsheet.dispatching import dispatch as dispatching
from callsheet.dispatching import recovery
from callsheet.dispatching.crew import CREWS
from callsheet.dispatching.dispatch import Batches, DispatchSummary
from callsheet.erp.staged import Staged, staging_of
from callsheet.errors import PullRejected
from callsheet.evidence.gathering import Gathered, gather
from callsheet.exception_limits import keep_limits
from callsheet.file_lock import locked
from callsheet.messages.rendering import Templates
from callsheet.planning.opening import import_opening
from callsheet.planning.plan import Plan, plan_actions
from callsheet.reading.day_summary import DaySummary, summarise
from callsheet.scenarios.scenario_texts import refuse_missing_texts
from callsheet.settings import Settings, Source
from callsheet.snapshots import snapshot
from callsheet.snapshots.clearings import clearings_of
from callsheet.snapshots.freshest import freshest
from callsheet.snapshots.kept import KeptSnapshots
from callsheet.snapshots.pulling import pull_source
from callsheet.snapshots.snapshot import SnapshotRef
from callsheet.store.races import until_won
from callsheet.store.warehouse import Warehouse
from callsheet.validation.validated import Validated
from callsheet.valves.day_gate import check_day
from callsheet.valves.pull_gate import PullGate, refuse_held


class People(Protocol):
    """Those who confirm, call and post. They are asked before and after the day's dispatch."""

    def act(self, warehouse: Warehouse, settings: Settings, as_of: date, now: datetime) -> None:
        """Do what is open and due."""


class Receiving(Protocol):
    """How the receivables of a source come in."""

    def __call__(
        self, settings: Settings, source: Source, as_of: date, now: datetime
    ) -> SnapshotRef | None:
        """Return the day's snapshot of `source`; None when its delivery was rejected."""


_RECEIVING_PATIENCE_SECONDS = 600.0

Pulling = Callable[[Source, Settings, date, datetime], Staged]
Judging = Callable[[Staged, Settings, date], Validated]
Publishing = Callable[[Validated, Settings, date, datetime], SnapshotRef]


def settle_unfinished(settings: Settings, as_of: date, now: datetime) -> int:
    """Turn what a crashed run left half sent into doubts; return how many there were."""
    return recovery.settle_unfinished(Warehouse.of(settings), settings, as_of, now)


def gather_evidence(settings: Settings, as_of: date, now: datetime) -> Gathered:
    """Read what providers told since: what arrived, what came back, what closes a doubt."""
    return gather(Warehouse.of(settings), settings, as_of, now)


def pull_receivables(source: Source, settings: Settings, as_of: date, now: datetime) -> Staged:
    """Stage the delivery of one source; nothing is visible until it is published."""
    return pull_source(settings, source, as_of, now)


def published_before(staged: Staged, settings: Settings, as_of: date) -> SnapshotRef | None:
    """Return the snapshot these very bytes already are: they need not be judged again."""
    with Warehouse.of(settings).reading() as tx:
        return snapshot.already_published(tx, staged, as_of)


def validate(staged: Staged, settings: Settings, as_of: date) -> Validated:
    """Judge every delivered row; PullRejected when the whole cannot be trusted."""
    from callsheet.validation.sorting import validate as judge_rows  # takes seconds to import

    kept = KeptSnapshots.of(settings)
    with Warehouse.of(settings).reading() as tx:
        previous = snapshot.last_before(tx, staged.source, as_of)
        clearings = clearings_of(tx, staged.source, kept)
    return judge_rows(staged, snapshot.files_of(previous, kept, clearings))


def publish(validated: Validated, settings: Settings, as_of: date, now: datetime) -> SnapshotRef:
    """Make a judged delivery the snapshot of the day; PullRejected when a breaker holds it."""
    kept, warehouse = KeptSnapshots.of(settings), Warehouse.of(settings)
    gate = PullGate(settings, validated, as_of, now)
    grace = settings.decision.promise_grace
    with gate.opening(warehouse):
        return snapshot.publish(
            validated, warehouse, kept, as_of, now, promise_grace=grace, check=gate.check
        )


def receive(
    settings: Settings,
    source: Source,
    as_of: date,
    now: datetime,
    *,
    pull: Pulling = pull_receivables,
    judge: Judging = validate,
    make_public: Publishing = publish,
) -> SnapshotRef | None:
    """Pull, judge and publish one source; None, with a line in the history, if it is rejected.

    The three steps may be handed in wrapped, as a flow does with its tasks. Of several workers
    one receives a source; the others wait, and find that its delivery is loaded.
    """
    staging = staging_of(settings.home, source.name)
    do = "try again when it has ended"
    with locked(staging.with_suffix(".lock"), "receives it", do, _RECEIVING_PATIENCE_SECONDS):
        return _receive(settings, source, as_of, now, (pull, judge, make_public))


def _receive(
    settings: Settings,
    source: Source,
    as_of: date,
    now: datetime,
    steps: tuple[Pulling, Judging, Publishing],
) -> SnapshotRef | None:
    pull, judge, make_public = steps
    try:
        staged = pull(source, settings, as_of, now)
        known = published_before(staged, settings, as_of)
        if known is not None:
            snapshot.note_duplicate(Warehouse.of(settings), known, as_of, now)
            return known
        return make_public(judge(staged, settings, as_of), settings, as_of, now)
    except PullRejected as rejected:
        snapshot.note_rejection(Warehouse.of(settings), source.name, rejected, as_of, now)
        return None
    finally:
        forget_delivery(settings, source)


def forget_delivery(settings: Settings, source: Source) -> None:
    """Remove what was staged of a delivery: it is in plain, and needed only while it is judged."""
    shutil.rmtree(staging_of(settings.home, source.name), ignore_errors=True)


def freeze_plan(settings: Settings, as_of: date, now: datetime) -> Plan:
    """Decide every account and freeze what is to be done, in one transaction.

    ConfigurationInvalid when a scenario, a rule or a template is wrong, or a step has no text;
    PullRejected `stale_data` when a source's last good snapshot is older than its cadence,
    DecisionHeld while a breaker over a delivery is open. Of several workers one decides; the
    others then find what it planned.
    """
    plan = until_won(lambda: _freeze_plan(settings, as_of, now))
    reached(Point.INTENTS_COMMITTED)
    return plan


def _freeze_plan(settings: Settings, as_of: date, now: datetime) -> Plan:
    lake = settings.home / "lake"
    with Warehouse.of(settings).transaction() as tx:
        tx.alone("decision")
        snapshots = freshest(tx, settings, as_of)
        refuse_held(tx, settings)
        snapshot.refuse_stale(snapshots, settings.sources, now)
        import_opening(tx, settings, as_of, now)
        configuration = configuration_of(tx, settings, as_of, snapshots)
        refuse_missing_texts(configuration.scenarios, Templates.of(settings.templates))
        decided = decide(tx, as_of, configuration, snapshots, lake)
        keep_limits(tx, tx.duckdb(), settings, as_of)
        plan = plan_actions(tx, settings, decided, configuration, snapshots=snapshots, now=now)
        check_day(tx, settings, configuration, plan.actions, as_of=as_of, now=now)
    return plan


def confirmed_batches(
    settings: Settings, as_of: date, now: datetime, entity: str | None = None
) -> Batches:
    """Return the ids of what may leave now: one entity and channel a batch."""

    def ask() -> Batches:
        warehouse = Warehouse.of(settings)
        with warehouse.held(for_small_work=True), warehouse.transaction() as tx:
            return dispatching.due_batches(tx, settings, as_of, now, entity)

    return until_won(ask)


@contextmanager
def sending(settings: Settings) -> Iterator[None]:
    """Send batch after batch inside: warehouse and connections are not opened anew for each."""
    with Warehouse.of(settings).kept_open(), CREWS.kept():
        yield


def send_batch(
    settings: Settings, as_of: date, now: datetime, batch: Sequence[str]
) -> DispatchSummary:
    """Let one batch of confirmed actions go; what was sent before is not sent again."""
    return dispatching.dispatch(Warehouse.of(settings), settings, as_of, now, batch=batch)


def send_all(
    settings: Settings, as_of: date, now: datetime, entity: str | None = None
) -> DispatchSummary:
    """Let every batch go (None: of every entity), one after the other in this process."""
    return dispatching.dispatch(Warehouse.of(settings), settings, as_of, now, entity=entity)


def summarise_day(settings: Settings, as_of: date) -> DaySummary:
    """Ask the history what the day came to."""
    with Warehouse.of(settings).reading() as tx:
        return summarise(tx, as_of)


def play_day(
    settings: Settings,
    as_of: date,
    now: datetime,
    people: People | None = None,
    receiving: Receiving = receive,
) -> DaySummary:
    """Play every step that falls due on `as_of`, at most one per account.

    The same steps as the flow `collect`, without Prefect. `people` stands for those who confirm
    and call; without it what they would do stays open.
    """
    settle_unfinished(settings, as_of, now)
    gather_evidence(settings, as_of, now)
    for source in settings.sources:
        receiving(settings, source, as_of, now)
    freeze_plan(settings, as_of, now)
    _let_act(people, settings, as_of, now)
    send_all(settings, as_of, now)
    _let_act(people, settings, as_of, now)
    return summarise_day(settings, as_of)


def _let_act(people: People | None, settings: Settings, as_of: date, now: datetime) -> None:
    if people is not None:
        people.act(Warehouse.of(settings), settings, as_of, now)
