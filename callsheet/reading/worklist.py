"""The worklist: what waits for a person, the most pressing first."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from callsheet.messages.amount_text import amount_text
from callsheet.reading.dead_contacts import customers_with_dead_contacts
from callsheet.reading.reasons import DELIVERIES, sentence
from callsheet.reading.sheet_names import Names, names_of
from callsheet.settings import Settings
from callsheet.store.transaction import Transaction

TITLES: Mapping[str, str] = {
    "vouch": "Was it sent? (callsheet explain CUSTOMER)",
    "confirm": "To confirm (callsheet confirm)",
    "do": "To do (callsheet done ID --outcome …)",
    "post": "To post (callsheet posted ID)",
    "fix_contact": "Contacts to mend",
    "allocate_credits": "Credits to allocate",
    "decide": "To decide: payment plan, litigation, bad debt or write-off",
}
_COLUMNS = (
    "task", "unit", "customer", "entity", "since_day", "act_on", "action_id", "channel",
    "step_title", "legal", "internal", "leader", "leader_due", "claim", "reason",
)  # fmt: skip


@dataclass(frozen=True)
class Task:
    """One thing that waits for a person."""

    task: str
    title: str
    action_id: str
    unit: str
    customer: str
    name: str
    collector: str
    entity: str
    since_day: date
    act_on: date | None
    channel: str
    what: str
    how: str
    over: str
    legal: bool
    leader: str
    leader_due: date | None
    claim: Any
    reason: str


def tasks_on(
    tx: Transaction, settings: Settings, as_of: date, entity: str | None = None
) -> list[Task]:
    """Return what waits for a person as of now; names are those of `as_of`."""
    rows = tx.fetch(
        f"select {', '.join(_COLUMNS)} from worklist where $entity in ('', entity)"  # noqa: S608  # names of our own
        " order by since_day, entity, customer, task, action_id",
        entity=entity or "",
    )
    found = [dict(zip(_COLUMNS, row, strict=True)) for row in rows]
    found = _without_mended(found, tx, settings, as_of)
    names = names_of(tx, settings, as_of, {row["customer"] for row in found})
    order = list(TITLES)
    return sorted((_task(row, names) for row in found), key=lambda task: order.index(task.task))


def _without_mended(
    rows: list[dict[str, Any]], tx: Transaction, settings: Settings, as_of: date
) -> list[dict[str, Any]]:
    """Leave out contacts to mend that were: no contact has the dead address any more."""
    asked = {row["customer"] for row in rows if row["reason"] in DELIVERIES}
    if not asked:
        return rows
    dead = customers_with_dead_contacts(tx, settings, as_of, asked)
    return [row for row in rows if row["customer"] in dead or row["reason"] not in DELIVERIES]


def _task(row: Mapping[str, Any], names: Names) -> Task:
    claim = json.loads(row["claim"])
    leader = names.items.get(row["leader"], row["leader"])
    return Task(
        title=TITLES[row["task"]],
        name=names.customers.get(row["customer"], row["customer"]),
        collector=names.collectors.get(row["customer"], ""),
        what=row["step_title"] or (sentence(row["reason"]) if row["reason"] else "no step is left"),
        how=row["channel"].replace("_", " ") + (" (legal)" if row["legal"] else ""),
        over=_over(claim, leader),
        claim=claim,
        **{k: row[k] for k in _COLUMNS if k not in ("step_title", "internal", "claim", "leader")},
        leader=leader,
    )


def _over(claim: Sequence[Mapping[str, Any]], leader: str) -> str:
    amounts = " + ".join(amount_text(Decimal(part["amount"]), part["currency"]) for part in claim)
    return f"{amounts}, leader {leader}" if amounts else f"leader {leader}" if leader else ""
