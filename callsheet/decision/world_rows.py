"""The rows of made-up worlds, in the shape of a snapshot, the exclusions and the history."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
from sqlmodel import SQLModel

from callsheet.canonical import TABLES
from callsheet.decision.relation import schema_of
from callsheet.decision.world_calendars import calendar_of
from callsheet.keys import canonical_text
from callsheet.store import state_tables
from callsheet.store.arrow_types import arrow_schema

PREFIX_WIDTH = 8
NO_DAY = date(1, 1, 1)
_ARROW = {"text": pa.string(), "day": pa.date32(), "money": pa.decimal128(18, 3)}
_STATE_OF_EVENT = {
    "proposed": "planned",
    "done": "done",
    "skipped": "skipped",
    "failed": "rejected",
    "cancelled": "cancelled",
}


def _canonical(name: str) -> pa.Schema:
    columns = [(c.name, _ARROW.get(c.type, pa.string())) for c in TABLES[name].columns]
    return pa.schema([("world", pa.int32()), *columns])


def _stored(table: type[SQLModel]) -> pa.Schema:
    return arrow_schema(table.metadata.tables[str(table.__tablename__)])


SCHEMAS: dict[str, pa.Schema] = {
    "all_items": _canonical("open_items"),
    "all_customers": _canonical("customers"),
    "given_entities": _canonical("entities"),
    "given_assignments": _canonical("assignments"),
    "given_mergers": _canonical("merged_customers"),
    "given_exclusions": pa.schema(
        [("world", pa.int32()), *_stored(state_tables.Exclusion)],
    ),
    "given_actions": schema_of(
        "world:int action_id customer entity origin leader leader_due:day scenario step"
        " step_day:int internal:flag planned_on:day due_on:day"
    ),
    "new_events": schema_of("world:int subject ledger_seq:long state reason on_day:day"),
    "step_state": _stored(state_tables.StepState),
    "account_state": _stored(state_tables.AccountState),
    "item_state": _stored(state_tables.ItemState),
}


class WorldRows:
    """Gathers the rows of one world after the other."""

    def __init__(self) -> None:
        self._rows: dict[str, list[Mapping[str, Any]]] = {name: [] for name in SCHEMAS}

    @staticmethod
    def given(id_: str) -> str:
        """Return an id as its world gave it."""
        return id_[PREFIX_WIDTH:]

    def of(self, name: str) -> Sequence[Sequence[Any]]:
        """Return the rows of a relation, in the order of its columns."""
        names = SCHEMAS[name].names
        return [[row.get(column) for column in names] for row in self._rows[name]]

    def add(self, number: int, world: Mapping[str, Any]) -> None:
        """Add the rows of one world; its ids get the world's number in front."""
        entities = {row["entity"] for row in [*world["items"], *world["history"]]}
        calendar = calendar_of(world)
        self._add(
            "given_entities",
            ({"world": number, "entity": e, "calendar": calendar} for e in entities if e),
        )
        self._add("all_customers", (_customer(number, row) for row in world["customers"]))
        self._add("all_items", (_item(number, row) for row in world["items"]))
        self._add(
            "given_assignments",
            (_assignment(number, row) for row in world.get("assignments", ())),
        )
        self._add("given_mergers", (_merger(number, r) for r in world.get("merged_customers", ())))
        self._add("given_exclusions", (_exclusion(number, row) for row in world["exclusions"]))
        self._add("new_events", (_event(number, row) for row in world["history"]))
        self._add("given_actions", _actions(number, world))

    def _add(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        self._rows[name].extend(rows)


def _id(number: int, given: str | None) -> str:
    return f"{number:0{PREFIX_WIDTH - 1}d}/{given}" if given else ""


def _day(given: str | None) -> date | None:
    return date.fromisoformat(given) if given else None


def _customer(number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    known = {name: row.get(name) for name in SCHEMAS["all_customers"].names if name in row}
    custom = {k: str(v) for k, v in row.items() if k not in known and k != "id" and v is not None}
    head = row.get("head_account")
    return known | {
        "world": number,
        "customer": _id(number, row["id"]),
        "head_account": _id(number, head) or None,
        "custom": canonical_text(custom),
    }


def _item(number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "world": number,
        "item": _id(number, row["id"]),
        "customer": _id(number, row["customer"]),
        "entity": row["entity"],
        "kind": row["kind"],
        "issue_date": _day(row.get("issue_date")),
        "due_date": _day(row.get("due_date")),
        "currency": row["currency"],
        "amount": Decimal(str(row["amount"])),
        "open_amount": Decimal(str(row["open_amount"])),
        "applies_to": _id(number, row.get("applies_to")) or None,
    }


def _assignment(number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "world": number,
        "customer": _id(number, row["customer"]),
        "entity": row.get("entity"),
        "scenario": row["scenario"],
    }


def _merger(number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "world": number,
        "old_customer": _id(number, row["old_customer"]),
        "customer": _id(number, row["customer"]),
        "merged_on": _day(row.get("merged_on")),
    }


def _exclusion(number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    amount = row.get("amount")
    return {
        "world": number,
        "exclusion_id": _id(number, row["id"]),
        "no": 1,
        "kind": row["kind"],
        "customer": _id(number, row.get("customer")),
        "entity": row.get("entity") or "",
        "item": _id(number, row.get("item")),
        "from_day": _day(row["from"]),
        "until_day": _day(row.get("until")),
        "recorded_on": _day(row.get("recorded_on")) or NO_DAY,
        "amount": None if amount is None else Decimal(str(amount)),
        "on_return": row.get("on_return") or "",
        "origin": "person",
    }


def _event(number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    failed_for_good = row["event"] == "failed" and row.get("permanent")
    return {
        "world": number,
        "subject": _id(number, row["action"]),
        "ledger_seq": row["seq"],
        "state": _STATE_OF_EVENT[row["event"]],
        "reason": "no_contact" if failed_for_good else "",
        "on_day": _day(row["on"]),
    }


def _actions(number: int, world: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    """Yield each action as its last event known on the day decided describes it."""
    today = date.fromisoformat(world["today"])
    last: dict[str, Mapping[str, Any]] = {}
    first_on: dict[str, date] = {}
    for row in sorted(world["history"], key=lambda row: row["seq"]):
        on_day = date.fromisoformat(row["on"])
        first_on.setdefault(row["action"], on_day)
        if on_day <= today or row["action"] not in last:
            last[row["action"]] = row
    for action, row in last.items():
        yield {
            "world": number,
            "action_id": _id(number, action),
            "customer": _id(number, row["customer"]),
            "entity": row.get("entity") or "",
            "origin": row["origin"],
            "leader": _id(number, row.get("leader")),
            "leader_due": _day(row.get("leader_due")),
            "scenario": row.get("scenario") or "",
            "step": row.get("step") or "",
            "step_day": row.get("offset"),
            "internal": bool(row.get("internal")),
            "planned_on": first_on[action],
            "due_on": _day(row.get("due_on")),
        }
