"""The plan of a day: every step that is due becomes one action, frozen before anything leaves.

An action's key is derived from the step it plays, so a plan made twice is the same plan. All of
it is written in the decision's transaction: a crash leaves the whole plan or none of it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

import duckdb
import pyarrow as pa

from callsheet.crash_points import Point, reached
from callsheet.dispatching.blocks import blocks_of
from callsheet.dispatching.suppression import suppressed_addresses
from callsheet.history import NewEvent, record
from callsheet.keys import canonical_text, digest, step_instance
from callsheet.messages.addresses import AddressKey
from callsheet.messages.template_versions import Wording, versions_of
from callsheet.planning.drafts import Drafter, DueStep, due_steps, known_entities
from callsheet.planning.frozen import (
    Frozen,
    action_rows,
    first_events,
    freeze,
    refuse_other_content,
)
from callsheet.planning.occurrences import Occurrences
from callsheet.planning.plan_files import PLAN, write_plan
from callsheet.planning.recipients import AddressBook
from callsheet.planning.withdrawals import withdraw
from callsheet.scenarios.scenario import Scenario
from callsheet.settings import Settings
from callsheet.store.transaction import Transaction

AUTHOR = "plan"
FORMAT_VERSION = 1


@dataclass(frozen=True)
class Plan:
    """What was planned: `plan_id` is the digest of actions and contents, '' when nothing is due."""

    plan_id: str
    on_day: date
    actions: Mapping[str, Sequence[str]] = field(default_factory=dict)  # ids by channel
    withdrawn: int = 0
    states: Mapping[str, int] = field(default_factory=dict)  # how many began confirmed, planned …


class Decided(Protocol):
    """A day whose `decisions` lie in the transaction's DuckDB connection."""

    @property
    def as_of(self) -> date:
        """The day that was decided."""


class Configured(Protocol):
    """The configuration that decided it."""

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """The scenarios whose steps are played."""


class Published(Protocol):
    """A snapshot that the decision saw."""

    @property
    def snapshot_id(self) -> str:
        """Its digest."""


def plan_actions(
    tx: Transaction,
    settings: Settings,
    decided: Decided,
    configuration: Configured,
    *,
    snapshots: Iterable[Published],
    now: datetime,
) -> Plan:
    """Freeze what the day's `decisions` say, and take back what they no longer want.

    Reads the temporary table `decisions` and the snapshots' views in `tx.duckdb()`.
    """
    as_of, snapshot_ids = decided.as_of, sorted(one.snapshot_id for one in snapshots)
    con = tx.duckdb(["exclusion", "action", "event"])
    withdrawn = withdraw(tx, con, as_of, now)
    entities = known_entities(con)
    instances = {_instance(due): due for due in due_steps(con, as_of) if due.entity in entities}
    occurrences = Occurrences.of(tx, instances)
    new = {key: due for key, due in instances.items() if occurrences.is_free(key)}
    if not new:
        return Plan("", as_of, withdrawn=withdrawn)
    drafter = Drafter.of(
        con, settings, configuration.scenarios, _book(tx, con, settings, new.values()), as_of
    )
    frozen: list[Frozen] = []
    lines: list[pa.Table] = []
    for drafts, account_lines in drafter.write(list(new.values())):
        frozen += [freeze(draft, _instance(draft.due), occurrences) for draft in drafts]
        lines.append(account_lines)
    plan_id = _plan_id(as_of, snapshot_ids, frozen)
    reached(Point.PLAN_COMPUTED)
    refuse_other_content(tx, frozen)
    tx.append("action", action_rows(frozen, plan_id, snapshot_ids, as_of))
    blocks = blocks_of(tx, con, settings, as_of)
    events = [event for one in frozen for event in first_events(one, blocks, as_of, now)]
    noted = {
        "actions": len(frozen),
        "snapshots": snapshot_ids,
        "templates": versions_of(settings.templates, filter(None, map(_wording, frozen))),
    }
    record(tx, [*events, _plan_event(plan_id, as_of, now, noted)])
    reached(Point.IN_INTENT_TRANSACTION)
    write_plan(settings.home / "lake", plan_id, as_of, _plan_rows(frozen, pa.concat_tables(lines)))
    return Plan(plan_id, as_of, _by_channel(frozen), withdrawn, _last_states(events))


def _instance(due: DueStep) -> str:
    return str(step_instance(due.unit, due.run, due.run_no, due.scenario, due.step))


def _book(
    tx: Transaction,
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    due: Iterable[DueStep],
) -> AddressBook:
    key = AddressKey.of(settings.home)
    return AddressBook.of(con, (one.customer for one in due), key, suppressed_addresses(tx))


def _plan_id(as_of: date, snapshot_ids: Sequence[str], frozen: Sequence[Frozen]) -> str:
    fact = {
        "v": FORMAT_VERSION,
        "on_day": as_of.isoformat(),
        "snapshots": sorted(snapshot_ids),
        "actions": sorted([one.action_id, one.draft.content_hash] for one in frozen),
    }
    return digest(canonical_text(fact))


def _wording(one: Frozen) -> Wording | None:
    """Return what a message was written from; None for an action without one."""
    step = one.draft.way.step
    written = step.template and one.draft.content_hash
    return (str(step.action), str(step.template), one.draft.language) if written else None


def _plan_event(plan_id: str, as_of: date, now: datetime, noted: Mapping[str, Any]) -> NewEvent:
    return NewEvent(
        subject=f"plan:{plan_id}",
        no=1,
        kind="plan",
        on_day=as_of,
        happened_at=now,
        author=AUTHOR,
        detail=noted,
    )


def _plan_rows(frozen: Sequence[Frozen], lines: pa.Table) -> pa.Table:
    """Return the rows of the plan's file, each with the lines of its account."""
    by_unit = dict(zip(lines["unit"].to_pylist(), lines["lines"].to_pylist(), strict=True))
    rows = [
        {
            "action_id": one.action_id,
            "unit": one.draft.due.unit,
            "customer": one.draft.customer,
            "entity": one.draft.entity,
            "leader": one.draft.due.leader,
            "scenario": one.draft.due.scenario,
            "step": one.draft.due.step,
            "channel": str(one.draft.way.step.action),
            "act_on": one.draft.due.act_on,
            "claim": one.draft.claim,
            "content_hash": one.draft.content_hash,
            "lines": by_unit.get(one.draft.account, []),
        }
        for one in sorted(frozen, key=lambda one: one.draft.customer)
    ]
    return pa.Table.from_pylist(rows, schema=PLAN)


def _by_channel(frozen: Sequence[Frozen]) -> dict[str, list[str]]:
    channels: defaultdict[str, list[str]] = defaultdict(list)
    for one in frozen:
        channels[str(one.draft.way.step.action)].append(one.action_id)
    return dict(channels)


def _last_states(events: Sequence[NewEvent]) -> dict[str, int]:
    last = {event.subject: event.state for event in events}
    return dict(Counter(last.values()))
