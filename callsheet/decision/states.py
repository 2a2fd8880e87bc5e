"""The folded states: read, replaced for the accounts looked at, and moved on with the watermark."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from json import loads
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from sqlmodel import SQLModel

from callsheet.decision.questions import Questions
from callsheet.keys import canonical_text
from callsheet.store.arrow_types import arrow_schema
from callsheet.store.state_tables import FoldWatermark
from callsheet.store.transaction import Transaction, known_table

WATERMARK = "decision"
_REWRITTEN = (
    "create or replace temp view rewritten_actions as select * from step_state where action_id in"
    " (select action_id from folded_actions union select action_id from moved_actions)"
)
_KEPT_CHANGES = (
    "copy changes_made to $file (format parquet, kv_metadata {config_hash: $config_hash})"
)
# What the shares leave together.
_GATHERED = {
    "decisions_made": "decisions",
    "changes_made": "decision_changes",
    "items_missed": "gone_items",
}


@dataclass(frozen=True)
class Watermark:
    """How far the states have read, and what they were decided by."""

    through_seq: int = 0
    decided_on: date | None = None
    config_hash: str = ""
    names_hash: str = ""
    snapshots: tuple[str, ...] = ()


def read_watermark(tx: Transaction) -> Watermark:
    """Return the watermark; an empty one when nothing was ever decided."""
    rows = tx.fetch(
        "select through_seq, decided_on, config_hash, names_hash, snapshots"
        " from fold_watermark where name = $name",
        name=WATERMARK,
    )
    if not rows:
        return Watermark()
    through_seq, decided_on, config_hash, names_hash, snapshots = rows[0]
    return Watermark(through_seq, decided_on, config_hash, names_hash, tuple(loads(snapshots)))


def take(
    tx: Transaction, con: duckdb.DuckDBPyConnection, name: str, query: str, **params: object
) -> None:
    """Make the answer of a warehouse query a temporary table of `con`."""
    con.register("rows_taken", tx.arrow(query, **params))
    con.execute(f"create or replace temp table {name} as select * from rows_taken")  # noqa: S608  # our own name
    con.unregister("rows_taken")


def keep_actions(tx: Transaction, con: duckdb.DuckDBPyConnection) -> None:
    """Write the states of the actions that were folded anew or moved."""
    if tx.kind == "postgresql":  # there the connection holds copies
        con.execute(_REWRITTEN)
        _replace(tx, con, "step_state", "rewritten_actions")


def keep_accounts(tx: Transaction, questions: Questions, share: int) -> int:
    """Write the states of one share's accounts and items; return how many accounts."""
    con = questions.con
    questions.table(
        "fold/account_rows",
        "fold/decision_changes",
        "fold/vanished_units",
        "fold/item_state_rows",
        "fold/gone_items",
    )
    gather(con, _GATHERED, share)
    _delete(tx, con, "account_state", "unit", "vanished_units")
    _replace(tx, con, "account_state", "account_rows")
    _replace(tx, con, "item_state", "item_state_rows")
    return _count(con, "account_rows")


def keep_day(
    tx: Transaction, con: duckdb.DuckDBPyConnection, after: Watermark, folder: Path
) -> int:
    """Write what the shares have in common; return how many decisions changed.

    Leaves the decisions of all shares in `decisions`. An item that went from a customer of one
    share to one of another is still open: what is gone is known when all were looked at.
    """
    con.execute("create or replace temp view decisions as from decisions_made")
    if _count(con, "items_missed"):
        con.execute(
            "create or replace temp view items_gone as"
            " from items_missed anti join all_items using (item)"
        )
        _delete(tx, con, "item_state", "item", "items_gone")
    changed = _count(con, "changes_made")
    if changed:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"through-{after.through_seq}.parquet"
        unready = path.with_suffix(".unready")
        con.execute(_KEPT_CHANGES, {"file": str(unready), "config_hash": after.config_hash})
        unready.rename(path)
    row = FoldWatermark(
        name=WATERMARK,
        through_seq=after.through_seq,
        decided_on=after.decided_on,
        config_hash=after.config_hash,
        names_hash=after.names_hash,
        snapshots=canonical_text(list(after.snapshots)),
    )
    tx.replace("fold_watermark", _rows_of(row))
    return changed


def gather(con: duckdb.DuckDBPyConnection, wanted: Mapping[str, str], share: int) -> None:
    """Add the rows that one share left to those of the shares before it: name -> relation."""
    for name, rows in wanted.items():
        how = f"insert into {name}" if share else f"create or replace temp table {name} as"
        con.execute(f"{how} from {rows}")


def _replace(tx: Transaction, con: duckdb.DuckDBPyConnection, table: str, rows: str) -> None:
    schema = arrow_schema(known_table(table))
    columns = ", ".join(schema.names)
    found = con.execute(f"select {columns} from {rows}").to_arrow_table()  # noqa: S608  # our own names
    if found.num_rows:
        tx.replace(table, found.cast(schema))


def _delete(
    tx: Transaction, con: duckdb.DuckDBPyConnection, table: str, key: str, gone: str
) -> None:
    keys = [row[0] for row in con.execute(f"select {key} from {gone}").fetchall()]  # noqa: S608  # our own names
    if keys:
        tx.execute(
            f"delete from {table} where {key} in (select unnest(cast($keys as varchar[])))",  # noqa: S608  # our own names
            keys=keys,
        )


def _rows_of(row: SQLModel) -> pa.Table:
    table = known_table(str(row.__tablename__))
    values: dict[str, Any] = row.model_dump()
    return pa.Table.from_pylist([values], schema=arrow_schema(table))


def _count(con: duckdb.DuckDBPyConnection, relation: str) -> int:
    found = con.execute(f"select count(*) from {relation}").fetchone()  # noqa: S608  # our own names
    return int(found[0]) if found else 0
