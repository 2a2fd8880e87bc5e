"""Carry disputes, specific actions, holds and insolvencies of a snapshot over to `exclusion`."""

from datetime import date
from pathlib import Path

import duckdb

from callsheet.store.transaction import Transaction

_SQL = Path(__file__).parents[1] / "sql" / "snapshot"


_TABLES = ("disputes", "specific_actions", "holds", "insolvencies")


def carry_over(
    tx: Transaction, con: duckdb.DuckDBPyConnection, snapshot: Path, source: str, as_of: date
) -> int:
    """Append a version for every exclusion of `source` that is new, changed or no longer shown.

    `snapshot` is the folder of the published files, `con` any in-memory connection. Returns how
    many versions were appended.
    """
    for name in _TABLES:
        con.read_parquet(str(snapshot / f"{name}.parquet")).create_view(name, replace=True)
    known = tx.arrow(
        "select * from exclusion where origin = 'erp' and source = $source", source=source
    )
    delivered = con.execute(_query("delivered_exclusions"), {"source": source}).to_arrow_table()
    con.register("exclusion", known)
    con.register("delivered_exclusions", delivered)
    rows = con.execute(_query("new_exclusion_versions"), {"source": source, "as_of": as_of})
    versions = rows.to_arrow_table()
    if versions.num_rows:
        tx.append("exclusion", versions)
    return int(versions.num_rows)


def _query(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text()
