"""Carry disputes, specific actions, holds and insolvencies of a snapshot over to `exclusion`."""

from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from callsheet.calendars import WEEKENDS_ONLY, working_days_after
from callsheet.store.transaction import Transaction

_SQL = Path(__file__).parents[1] / "sql" / "snapshot"
_TABLES = ("disputes", "specific_actions", "holds", "insolvencies", "open_items", "entities")
_ENDS = pa.schema([("specific_action", pa.string()), ("until_day", pa.date32())])


def carry_over(  # noqa: PLR0917  # each is one thing
    tx: Transaction,
    con: duckdb.DuckDBPyConnection,
    snapshot: Path,
    source: str,
    as_of: date,
    promise_grace: int,
) -> int:
    """Append a version for every exclusion of `source` that is new, changed or no longer shown.

    `snapshot` is the folder of the published files, `con` any in-memory connection. A promise
    without an end lasts `promise_grace` working days after its day. Returns how many versions
    were appended.
    """
    for name in _TABLES:
        con.read_parquet(str(snapshot / f"{name}.parquet")).create_view(name, replace=True)
    known = tx.arrow(
        "select * from exclusion where origin = 'erp' and source = $source", source=source
    )
    con.register("promise_ends", _promise_ends(con, promise_grace))
    delivered = con.execute(_query("delivered_exclusions"), {"source": source}).to_arrow_table()
    con.register("exclusion", known)
    con.register("delivered_exclusions", delivered)
    rows = con.execute(_query("new_exclusion_versions"), {"source": source, "as_of": as_of})
    versions = rows.to_arrow_table()
    if versions.num_rows:
        tx.append("exclusion", versions)
    return int(versions.num_rows)


def _promise_ends(con: duckdb.DuckDBPyConnection, grace: int) -> pa.Table:
    """Return the last day of each promise that has none: its day and the grace after it."""
    rows = [
        {
            "specific_action": key,
            "until_day": working_days_after(calendar or WEEKENDS_ONLY, promised_on, grace),
        }
        for key, promised_on, calendar in con.execute(_query("promises_without_end")).fetchall()
    ]
    return pa.Table.from_pylist(rows, schema=_ENDS)


def _query(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text()
