"""A company whose days are decided by `collect`'s own decision, with the states it keeps.

Each morning of a play becomes what a day really leaves: a snapshot with the accounts that changed,
new versions of exclusions, planned actions and events of the ledger.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from callsheet.canonical import TABLES
from callsheet.decision import Configuration, decide
from callsheet.decision.rebuild import differences_from_rebuild
from callsheet.decision.terms import Terms
from callsheet.decision.world import terms_of
from callsheet.history import NewEvent, record
from callsheet.keys import canonical_text, digest, shard
from callsheet.settings import Settings
from callsheet.snapshots.changed import write_changed_accounts
from callsheet.snapshots.snapshot import SnapshotRef
from callsheet.store.state_tables import Exclusion
from callsheet.store.tables import Action, Snapshot
from callsheet.store.transaction import Transaction
from callsheet.store.warehouse import Warehouse

Row = dict[str, Any]

SOURCE = "erp"
CALENDAR = "company"
# What an action goes through, by where it stands: the arrows of its life allow nothing else.
PATHS: dict[str, dict[str, tuple[str, ...]]] = {
    "": {
        "proposed": ("planned",),
        "done": ("planned", "confirmed", "sending", "accepted"),
        "skipped": ("planned", "skipped"),
        "failed": ("planned", "confirmed", "rejected"),
        "cancelled": ("planned", "cancelled"),
    },
    "planned": {
        "done": ("confirmed", "sending", "accepted"),
        "skipped": ("skipped",),
        "failed": ("confirmed", "rejected"),
        "cancelled": ("cancelled",),
    },
    "accepted": {"failed": ("delivery_failed",)},
}
ARROW = {"text": pa.string(), "day": pa.date32(), "money": pa.decimal128(18, 3)}
FILES = (
    "entities", "customers", "assignments", "open_items", "disputes", "specific_actions", "holds",
    "insolvencies", "merged_customers", "opening_position",
)  # fmt: skip
DECIDED = """
    select customer, nullif(entity, '') as entity, outcome, nullif(reason, '') as reason,
        nullif(leader, '') as leader, nullif(step, '') as step, cast(due_on as text) as due_on,
        cast(act_on as text) as act_on, withdraw
    from account_state order by customer, entity
"""
# Few enough for several shares in a small world.
FEW_ITEMS = 8
KEPT = """
    select unit, customer, entity, outcome, reason, leader, leader_due, run, run_no, scenario,
        scenario_version, assigned_by, step, step_day, due_on, act_on, withdraw
    from account_state
"""


class KeptCompany:
    """The lake and the warehouse of one play."""

    def __init__(self, home: Path, *, sees_configuration: bool = True) -> None:
        self.sees_configuration = sees_configuration
        self.lake = home / "lake"
        self.warehouse = Warehouse.of(Settings(home=home))
        self.snapshot: SnapshotRef | None = None
        self.asked: tuple[str, ...] = ()
        self.facts = ""
        self.known: dict[str, tuple[int, str]] = {}  # action -> its last event's number and state
        self.seen = 0  # the last sequence number of the play that is recorded
        self.exclusions: dict[str, tuple[int, str]] = {}

    def decide(self, world: Row, *, full: bool = False, most_items: int = 1_000) -> list[Row]:
        """Record what is new of a morning, decide it, and return every account's decision."""
        today = date.fromisoformat(world["today"])
        self._publish(world, today)
        terms = terms_of(0, world)
        with self.warehouse.transaction() as tx:
            self._record_exclusions(tx, world, today)
            self._record_actions(tx, world)
            hash_ = _hash_of(world) if self.sees_configuration else "never another"
            config = _configuration(world, terms, hash_)
            snapshots = [self._latest()]
            day = decide(tx, today, config, snapshots, self.lake, full=full, most_items=most_items)
            self.asked = day.asked
            self.left = tx.duckdb().sql("select unit from decisions").fetchall()
            return [_decision(row) for row in tx.fetch(DECIDED)]

    def full_difference(self, world: Row) -> list[tuple[Any, ...]]:
        """Return the rows, with all columns, that deciding everything again makes different.

        Everything is decided in shares of few items.
        """
        with self.warehouse.reading() as tx:
            before = tx.fetch(KEPT)
        self.decide(world, full=True, most_items=FEW_ITEMS)
        with self.warehouse.reading() as tx:
            after = tx.fetch(KEPT)
        return sorted(set(before) ^ set(after), key=str)

    def rebuild_difference(self, world: Row) -> dict[str, int]:
        """Return how many kept rows a fold of all history would make otherwise, per table."""
        today = date.fromisoformat(world["today"])
        config = _configuration(world, terms_of(0, world), _hash_of(world))
        with self.warehouse.transaction() as tx:
            return differences_from_rebuild(
                tx, today, config, [self._latest()], self.lake, most_items=FEW_ITEMS
            )

    def _latest(self) -> SnapshotRef:
        assert self.snapshot is not None
        return self.snapshot

    def _publish(self, world: Row, today: date) -> None:
        """Write a snapshot when the facts are others than the last one's."""
        tables = _tables(world)
        facts = canonical_text(
            [{k: str(v) for k, v in r.items()} for t in tables.values() for r in t]
        )
        if facts == self.facts:
            return
        self.facts = facts
        folder = self.lake / "snapshot" / today.isoformat()
        folder.mkdir(parents=True)
        with duckdb.connect() as con:
            for name in FILES:
                columns = [(c.name, ARROW.get(c.type, pa.string())) for c in TABLES[name].columns]
                schema = pa.schema([*columns, ("mark", pa.string())])
                rows = pa.Table.from_pylist(tables.get(name, []), schema=schema)
                pq.write_table(rows, folder / f"{name}.parquet")
                con.read_parquet(str(folder / f"{name}.parquet")).create_view(name)
            before = self.lake / self.snapshot.folder if self.snapshot else None
            write_changed_accounts(con, folder, before)
        self._enter(str(folder.relative_to(self.lake)), today)

    def _enter(self, folder: str, today: date) -> None:
        moment = datetime.combine(today, datetime.min.time(), UTC)
        snapshot_id = digest(folder)
        self.snapshot = SnapshotRef(snapshot_id, SOURCE, today, folder, ("E1", "E2"), moment)
        row = Snapshot(
            snapshot_id=snapshot_id, source=SOURCE, on_day=today, mode="stock", folder=folder,
            entities='["E1","E2"]', extracted_at=moment, published_at=moment, rows_in=0,
            rows_loaded=0, rows_duplicate=0, rows_quarantined=0, manifest="{}",
        )  # fmt: skip
        with self.warehouse.transaction() as tx:
            tx.add(row)

    def _record_exclusions(self, tx: Transaction, world: Row, today: date) -> None:
        """Append a version of every exclusion that was opened, closed or changed."""
        owners = {item["id"]: item["customer"] for item in world["items"]}
        for row in world["exclusions"]:
            no, said = self.exclusions.get(row["id"], (0, ""))
            if said == canonical_text(row):
                continue
            self.exclusions[row["id"]] = (no + 1, canonical_text(row))
            customer = row["customer"] or owners.get(row["item"], "")
            tx.add(_exclusion(row, no + 1, customer))
            happened = datetime.combine(today, datetime.min.time(), UTC)
            record(tx, [NewEvent(
                f"exclusion {row['id']}", no + 1, "exclusion", today, happened, "play",
                customer=customer,
            )])  # fmt: skip

    def _record_actions(self, tx: Transaction, world: Row) -> None:
        new = [event for event in world["history"] if event["seq"] > self.seen]
        events = []
        for event in sorted(new, key=lambda event: event["seq"]):
            self.seen = event["seq"]
            no, state = self.known.get(event["action"], (0, ""))
            if no == 0:
                tx.add(_action(event))
            for reached in PATHS[state][event["event"]]:
                no += 1
                events.append(_event(event, no, reached))
                self.known[event["action"]] = (no, reached)
        if events:
            record(tx, events)


def possible(world: Row) -> Row:
    """Return the world without events that no action's life allows (a failure cancelled), and
    without those of days to come: the play makes its own.
    """
    states: dict[str, str] = {}
    kept = []
    for event in sorted(world["history"], key=lambda event: event["seq"]):
        path = PATHS.get(states.get(event["action"], ""), {}).get(event["event"])
        if path is not None and event["on"] <= world["today"]:
            states[event["action"]] = path[-1]
            kept.append(event)
    return {**world, "history": kept}


def _tables(world: Row) -> dict[str, list[Row]]:
    return {
        "entities": [
            {"entity": e, "name": e, "currency": "EUR", "time_zone": "UTC", "calendar": CALENDAR}
            for e in ("E1", "E2")
        ],
        "customers": [
            {**row, "customer": row["id"], "name": row["id"], "custom": "{}"}
            for row in world["customers"]
        ],
        "assignments": list(world["assignments"]),
        "merged_customers": [
            {**row, "merged_on": date.fromisoformat(row["merged_on"])}
            for row in world.get("merged_customers", ())
        ],
        "open_items": [_item(row) for row in world["items"]],
    }


def _item(row: Row) -> Row:
    return row | {
        "item": row["id"],
        "number": row["id"],
        "issue_date": _day(row["issue_date"]),
        "due_date": _day(row["due_date"]),
        "amount": Decimal(row["amount"]),
        "open_amount": Decimal(row["open_amount"]),
    }


def _exclusion(row: Row, no: int, customer: str) -> Exclusion:
    amount = row.get("amount")
    return Exclusion(
        exclusion_id=row["id"], no=no, kind=row["kind"],
        customer=customer, entity=row["entity"] or "", item=row["item"] or "",
        from_day=date.fromisoformat(row["from"]), until_day=_day(row["until"]),
        recorded_on=_day(row.get("recorded_on")) or date(1, 1, 1),
        amount=None if amount is None else Decimal(amount),
        on_return=row.get("on_return") or "", origin="person",
    )  # fmt: skip


def _action(event: Row) -> Action:
    customer = event["customer"]
    entity = event["entity"] or ""
    return Action(
        action_id=event["action"], unit=f"{customer}|{entity}", customer=customer, entity=entity,
        shard=shard(customer), origin=event["origin"], leader=event["leader"] or "",
        leader_due=_day(event["leader_due"]), scenario=event["scenario"] or "",
        step=event["step"] or "", step_day=event["offset"], channel="email", mode="to_confirm",
        internal=bool(event.get("internal")), due_on=_day(event.get("due_on")),
        planned_on=date.fromisoformat(event["on"]),
    )  # fmt: skip


def _event(event: Row, no: int, state: str) -> NewEvent:
    on_day = date.fromisoformat(event["on"])
    is_final = state in ("rejected", "delivery_failed") and event.get("permanent")
    return NewEvent(
        event["action"], no, "action", on_day, datetime.combine(on_day, datetime.min.time(), UTC),
        "play", state=state, reason="no_contact" if is_final else "", customer=event["customer"],
    )  # fmt: skip


def _configuration(world: Row, terms: Terms, hash_: str) -> Configuration:
    first, days = date(2024, 1, 1), 366 * 5
    closed = {
        day
        for day in (first + timedelta(days=n) for n in range(days))
        if day.isoweekday() in world["settings"]["weekend"]
        or day.isoformat() in world["settings"]["holidays"]
    }
    abroad = world["settings"].get("country_holidays", {})
    calendars = {CALENDAR: frozenset(closed)}
    for country in {row.get("country") for row in world["customers"]} - {None}:
        days = {date.fromisoformat(day) for day in abroad.get(country, ())}
        calendars[f"{CALENDAR}+{country}"] = frozenset(closed | days)
    return Configuration(
        terms.settings, tuple(terms.scenarios), tuple(terms.rules), calendars, hash_
    )


def _hash_of(world: Row) -> str:
    """Return a hash of everything that is configured."""
    return digest(canonical_text([_plain(world[n]) for n in ("settings", "scenarios", "rules")]))


def _plain(value: Any) -> Any:
    """Return the value as canonical text may hold it."""
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value


def _decision(row: tuple[Any, ...]) -> Row:
    names = ("customer", "entity", "outcome", "reason", "leader", "step", "due_on", "act_on")
    withdraw = duckdb.execute("select cast($w as varchar[])", {"w": row[-1]}).fetchall()[0][0]
    return {**dict(zip(names, row[:-1], strict=True)), "withdraw": withdraw}


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
