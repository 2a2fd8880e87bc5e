"""Decide again, beside the stored states: the same questions, asked of one customer or of all.

Nothing is written. The history is folded from its beginning up to the event the stored decision
had read, the receivables are those of the snapshot it named and the scenarios, rules and settings
those of that day, so the answers must be the same whatever the files say since then.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from callsheet.configuration import configuration_of, kept_configuration
from callsheet.decision import engine, terms
from callsheet.decision.questions import Questions
from callsheet.in_memory import in_memory
from callsheet.reading.decision_changes import decided_by, read_up_to
from callsheet.scenarios.scenario import Scenario
from callsheet.settings import Settings
from callsheet.snapshots.freshest import freshest
from callsheet.store import lake
from callsheet.store.arrow_types import arrow_schema
from callsheet.store.transaction import Transaction, known_table

_READING = Path(__file__).parents[1] / "sql" / "reading"
_SNAPSHOT_VIEWS = {
    "all_customers": "customers",
    "given_entities": "entities",
    "given_assignments": "assignments",
    "given_mergers": "merged_customers",
    "all_items": "open_items",
}
_OF_CUSTOMERS = frozenset({"all_customers", "all_items"})


@dataclass(frozen=True)
class Reconsidered:
    """The decision of a day made again; `con` holds every relation it went through."""

    con: duckdb.DuckDBPyConnection
    as_of: date
    through_seq: int
    snapshots: Sequence[str]
    scenarios: Mapping[str, Scenario]

    def ask(self, question: str) -> list[dict[str, Any]]:
        """Return the rows of a relation, or of a question of `sql/reading`, as dictionaries."""
        file = _READING / f"{question}.sql"
        query = file.read_text("utf-8") if file.exists() else f"select * from {question}"  # noqa: S608  # names of our own
        rows: list[dict[str, Any]] = self.con.execute(query).to_arrow_table().to_pylist()
        return rows


@contextmanager
def reconsidered(
    tx: Transaction,
    settings: Settings,
    as_of: date,
    customer: str | None = None,
    through_seq: int | None = None,
) -> Iterator[Reconsidered]:
    """Decide `as_of` again for the group of one customer (None: for everybody).

    `through_seq` None means as far as the stored decision of that day had read, and by what it was
    decided by then. Otherwise the scenarios, rules and settings are those of now.
    """
    refs = freshest(tx, settings, as_of)
    config = None
    if through_seq is None:
        through_seq = read_up_to(tx, settings, as_of)
        config = kept_configuration(tx, decided_by(tx, settings, as_of))
    config = config or configuration_of(tx, settings, as_of, refs, keep=False)
    with in_memory() as con:
        lake.attach(con, refs, settings.home / "lake")
        terms.load(con, [config.terms(as_of)], config.closed_days)
        group = _group(con, customer)
        _give(tx, con, as_of, through_seq, group)
        questions = Questions(con)
        engine.fold(questions)
        engine.look_at_accounts(questions)
        engine.decide_accounts(questions)
        yield Reconsidered(
            con,
            as_of,
            through_seq,
            [ref.snapshot_id for ref in refs],
            {scenario.key: scenario for scenario in config.scenarios},
        )


def _group(con: duckdb.DuckDBPyConnection, customer: str | None) -> list[str]:
    """Return every customer that is decided together with one; none for everybody."""
    con.execute("create temp table asked_customers (customer varchar)")
    if customer is None:
        return []
    rows = con.execute(
        (_READING / "group_of_customer.sql").read_text("utf-8"), {"customer": customer}
    ).fetchall()
    return sorted({customer, *(row[0] for row in rows)})


def _give(
    tx: Transaction,
    con: duckdb.DuckDBPyConnection,
    as_of: date,
    through_seq: int,
    group: Sequence[str],
) -> None:
    """Make the relations that the decision's questions read."""
    con.execute("insert into asked_customers select unnest($group)", {"group": list(group)})
    for name, view in _SNAPSHOT_VIEWS.items():
        condition = (
            " where customer in (from asked_customers)" if group and name in _OF_CUSTOMERS else ""
        )
        con.execute(f"create temp view {name} as select 0 as world, * from {view}{condition}")  # noqa: S608  # names of our own
    asked = {"everybody": not group, "customers": list(group), "through_seq": through_seq}
    for name, more in (
        ("known_events", {"as_of": as_of}),
        ("known_actions", {}),
        ("given_exclusions", {"as_of": as_of}),
    ):
        query = (_READING / f"{name}.sql").read_text("utf-8")
        _take(con, name, tx.arrow(query, **asked, **more))
    con.execute("create temp view new_events as from known_events")
    con.execute("create temp view given_actions as from known_actions")
    for name in ("step_state", "account_state", "item_state"):  # folded from nothing
        _take(con, name, arrow_schema(known_table(name)).empty_table())


def _take(con: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    con.register("rows_taken", rows)
    con.execute(f"create temp table {name} as select * from rows_taken")  # noqa: S608  # a name of our own
    con.unregister("rows_taken")
