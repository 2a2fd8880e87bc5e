"""The opening position: the last step of each account in the former tool, taken over as history.

So nobody on a third reminder gets a first one. A row is taken over once, before the first step we
plan for its account, whatever snapshot shows it again; one that names a step we do not have is told
once in the history and left out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

import pyarrow as pa
from sqlmodel import SQLModel

from callsheet.configuration import scenarios_in
from callsheet.dispatching.open_actions import Telling
from callsheet.history import NewEvent, record
from callsheet.keys import action_id, shard, step_instance, unit_key
from callsheet.scenarios.scenario import Step
from callsheet.settings import DecisionSettings, Settings
from callsheet.snapshots.freshest import receivables
from callsheet.store.arrow_types import arrow_schema
from callsheet.store.transaction import Transaction
from callsheet.vocabulary import ActionState, Mode, Origin

AUTHOR = "opening position"
ROLE = "opening"
UNKNOWN_STEP = "unknown_step"
_QUERY = (Path(__file__).parents[1] / "sql" / "dispatch" / "opening_rows.sql").read_text("utf-8")


@dataclass(frozen=True)
class OpeningRow:
    """One account's last step in the former tool; `head` is the customer that answers for it."""

    customer: str
    head: str
    entity: str
    leader: str
    leader_due: date | None
    scenario: str
    step: str
    day: date

    @property
    def subject(self) -> str:
        """Return what its refusal is recorded under."""
        return f"opening:{self.customer}|{self.entity}|{self.leader}|{self.step}"

    def unit(self, settings: DecisionSettings) -> str:
        """Return the decision unit it belongs to."""
        return unit_key(self.head, None if settings.unit == "customer" else self.entity)

    def run(self, settings: DecisionSettings) -> str:
        """Return the run it is in: the leader's, or that of its due date."""
        if settings.run_scope == "due_date" and self.leader_due is not None:
            return self.leader_due.isoformat()
        return self.leader


def import_opening(tx: Transaction, settings: Settings, as_of: date, now: datetime) -> int:
    """Take over what the freshest receivables say and history does not; return how many rows."""
    con = receivables(tx, settings, as_of)
    rows = [OpeningRow(*row) for row in con.execute(_QUERY, {"as_of": as_of}).fetchall()]
    rows = _of_new_accounts(tx, settings, rows)
    if not rows:
        return 0
    scenarios = scenarios_in(settings.scenarios)
    steps = {(one.key, step.key): step for one in scenarios.values() for step in one.steps}
    known = [row for row in rows if (row.scenario, row.step) in steps]
    told = Telling(as_of, now, AUTHOR)
    _tell_unknown(tx, [row for row in rows if (row.scenario, row.step) not in steps], told)
    actions = {_key(row, steps[row.scenario, row.step], settings.decision): row for row in known}
    new = _not_yet(tx, "action", "action_id", actions)
    if not new:
        return 0
    versions = {one.key: one.version for one in scenarios.values()}
    records = [
        _action(row, key, steps[row.scenario, row.step], settings.decision)
        | {"scenario_version": versions[row.scenario]}
        for key, row in new.items()
    ]
    schema = arrow_schema(SQLModel.metadata.tables["action"])
    tx.append("action", pa.Table.from_pylist(records, schema=schema))
    record(tx, [_done(key, row, settings.decision, now) for key, row in new.items()])
    return len(new)


def _of_new_accounts(
    tx: Transaction, settings: Settings, rows: Sequence[OpeningRow]
) -> list[OpeningRow]:
    """Return the rows of accounts we have planned nothing for: the others went live before."""
    units = sorted({row.unit(settings.decision) for row in rows})
    found = tx.fetch(
        "select distinct unit from action where plan_id <> ''"
        " and unit in (select unnest(cast($units as varchar[])))",
        units=units,
    )
    ours = {unit for (unit,) in found}
    return [row for row in rows if row.unit(settings.decision) not in ours]


def _instance(row: OpeningRow, settings: DecisionSettings) -> UUID:
    return step_instance(row.unit(settings), row.run(settings), 1, row.scenario, row.step)


def _key(row: OpeningRow, step: Step, settings: DecisionSettings) -> str:
    return action_id(_instance(row, settings), 1, str(step.action), ROLE)


def _action(row: OpeningRow, key: str, step: Step, settings: DecisionSettings) -> dict[str, object]:
    return {
        "action_id": key,
        "step_instance": str(_instance(row, settings)),
        "unit": row.unit(settings),
        "customer": row.head,
        "entity": row.entity,
        "shard": shard(row.head),
        "origin": Origin.SCENARIO,
        "leader": row.leader,
        "leader_due": row.leader_due,
        "run": row.run(settings),
        "run_no": 1,
        "scenario": row.scenario,
        "step": row.step,
        "step_title": step.title,
        "step_day": step.day,
        "occurrence": 1,
        "channel": step.action,
        "role": ROLE,
        "mode": Mode.MANUAL,
        "internal": step.internal,
        "legal": step.legal,
        "due_on": row.day,
        "act_on": row.day,
        "planned_on": row.day,
        "plan_id": "",
        "snapshots": "[]",
        "template": step.template or "",
        "language": "",
        "claim": "[]",
        "content_hash": "",
        "recipient_hash": "",
    }


def _done(key: str, row: OpeningRow, settings: DecisionSettings, now: datetime) -> NewEvent:
    return NewEvent(
        subject=key,
        no=1,
        kind="action",
        state=ActionState.DONE,
        reason="opening_position",
        on_day=row.day,
        happened_at=now,
        author=AUTHOR,
        unit=row.unit(settings),
        customer=row.head,
        entity=row.entity,
    )


def _tell_unknown(tx: Transaction, rows: Sequence[OpeningRow], told: Telling) -> None:
    new = _not_yet(tx, "event", "subject", {row.subject: row for row in rows})
    events = [
        NewEvent(
            subject=subject,
            no=1,
            kind="opening",
            reason=UNKNOWN_STEP,
            on_day=told.on_day,
            happened_at=told.happened_at,
            author=told.author,
            customer=row.customer,
            entity=row.entity,
            detail={"scenario": row.scenario, "step": row.step},
        )
        for subject, row in new.items()
    ]
    record(tx, events)


def _not_yet(
    tx: Transaction, table: str, column: str, rows: Mapping[str, OpeningRow]
) -> dict[str, OpeningRow]:
    """Return the rows whose key `table` does not hold yet."""
    found = tx.fetch(
        f"select {column} from {table}"  # noqa: S608  # names of our own
        f" where {column} in (select unnest(cast($keys as varchar[])))",
        keys=list(rows),
    )
    there: Iterable[str] = {row[0] for row in found}
    return {key: row for key, row in rows.items() if key not in there}
