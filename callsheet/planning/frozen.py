"""Frozen actions: the rows of the intent, and the events they begin with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import pyarrow as pa
from sqlmodel import SQLModel

from callsheet.dispatching.blocks import POLICY, Blocks
from callsheet.errors import PlanContradicted
from callsheet.history import NewEvent
from callsheet.keys import action_id, canonical_text, shard
from callsheet.planning.drafts import Draft
from callsheet.planning.occurrences import Occurrences
from callsheet.store.arrow_types import arrow_schema
from callsheet.store.transaction import Transaction
from callsheet.vocabulary import ActionState, Mode, Origin

AUTHOR = "plan"
CHANNEL_NOT_CONFIGURED = "channel_not_configured"


@dataclass(frozen=True)
class Frozen:
    """A draft with its key: it can be planned once, whoever asks and how often."""

    draft: Draft
    action_id: str
    instance: str
    occurrence: int


def freeze(draft: Draft, instance: str, occurrences: Occurrences) -> Frozen:
    """Give a draft the key of its step, occurrence, channel and role."""
    number = occurrences.next_number(instance)
    key = action_id(UUID(instance), number, str(draft.way.step.action), draft.role)
    return Frozen(draft, key, instance, number)


def refuse_other_content(tx: Transaction, frozen: Sequence[Frozen]) -> None:
    """Raise PlanContradicted when an action exists already and says something else."""
    contents = {one.action_id: one.draft.content_hash for one in frozen}
    rows = tx.fetch(
        "select action_id, content_hash from action"
        " where action_id in (select unnest(cast($ids as varchar[]))) order by action_id",
        ids=list(contents),
    )
    for key, content_hash in rows:
        if content_hash != contents[key]:
            raise PlanContradicted(
                f"action {key} was planned before with another content\n"
                f"  looked for   content {contents[key][:12]}\n"
                f"  found        content {content_hash[:12]}\n"
                "  do           run `callsheet verify`: a planned action never changes"
            )


def action_rows(
    frozen: Sequence[Frozen], plan_id: str, snapshot_ids: Sequence[str], as_of: date
) -> pa.Table:
    """Return the rows of `action`."""
    snapshots = canonical_text(sorted(snapshot_ids))
    same = {"plan_id": plan_id, "snapshots": snapshots, "planned_on": as_of}
    rows = [_row(one) | same for one in frozen]
    return pa.Table.from_pylist(rows, schema=arrow_schema(SQLModel.metadata.tables["action"]))


def _row(one: Frozen) -> dict[str, object]:
    due, way = one.draft.due, one.draft.way
    return {
        "action_id": one.action_id,
        "step_instance": one.instance,
        "unit": due.unit,
        "customer": one.draft.customer,
        "entity": one.draft.entity,
        "shard": shard(due.customer),
        "origin": Origin.SCENARIO,
        "leader": due.leader,
        "leader_due": due.leader_due,
        "run": due.run,
        "run_no": due.run_no,
        "scenario": due.scenario,
        "scenario_version": due.scenario_version,
        "step": due.step,
        "step_title": way.step.title,
        "step_day": due.step_day,
        "occurrence": one.occurrence,
        "channel": way.step.action,
        "role": one.draft.role,
        "mode": way.mode,
        "internal": way.step.internal,
        "legal": way.step.legal,
        "due_on": due.due_on,
        "act_on": due.act_on,
        "template": way.step.template or "",
        "language": one.draft.language,
        "claim": one.draft.claim,
        "content_hash": one.draft.content_hash,
        "recipient_hash": way.recipient_hash,
    }


def first_events(one: Frozen, blocks: Blocks, as_of: date, now: datetime) -> list[NewEvent]:
    """Return the events an action begins with: planned, and at once confirmed, held or refused."""
    due, way = one.draft.due, one.draft.way
    unconfigured = CHANNEL_NOT_CONFIGURED if way.is_unconfigured else ""
    steps = [(ActionState.PLANNED, AUTHOR, unconfigured)]
    if way.mode is not Mode.MANUAL:
        steps += _what_follows(
            one, blocks.reason(one.draft.customer, due.unit, internal=way.step.internal)
        )
    return [
        NewEvent(
            subject=one.action_id,
            no=no,
            kind="action",
            state=state,
            reason=reason,
            on_day=as_of,
            happened_at=now,
            author=author,
            unit=due.unit,
            customer=one.draft.customer,
            entity=one.draft.entity,
            detail=one.draft.detail if no == 1 else {},
        )
        for no, (state, author, reason) in enumerate(steps, start=1)
    ]


def _what_follows(one: Frozen, held_back_by: str) -> list[tuple[ActionState, str, str]]:
    """Return what the policy does with a message as soon as it is planned."""
    if one.draft.problem:
        return [(ActionState.REJECTED, AUTHOR, one.draft.problem)]
    if held_back_by:
        return [(ActionState.BLOCKED, POLICY, held_back_by)]
    if one.draft.way.mode is Mode.AUTOMATIC:
        return [(ActionState.CONFIRMED, POLICY, "")]
    return []
