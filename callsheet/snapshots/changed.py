"""Which accounts' facts changed: stored fingerprints compared, one group-by over the items.

A fingerprint is DuckDB's `hash`, quick but not the same in every version: after an upgrade every
account counts as changed once, which costs a full decision and nothing else. It is one of 2^64
numbers, as is the account's own: that two of a million accounts share one happens to one company
in forty million, and the weekly pass over everybody would show it.
"""

from pathlib import Path

import duckdb

FINGERPRINTS = f"account-fingerprints-{duckdb.__version__}.parquet"
CHANGED = "changed_accounts.parquet"

_SQL = Path(__file__).parents[1] / "sql" / "snapshot"


def write_changed_accounts(
    con: duckdb.DuckDBPyConnection, folder: Path, previous: Path | None
) -> int:
    """Write the fingerprints and `changed_accounts` into `folder`; return how many changed.

    `con` sees the snapshot's tables by their names; `previous` is the snapshot before.
    """
    items, others = _query("item_fingerprints"), _query("customer_fingerprints")
    con.sql(items).union(con.sql(others)).create("fingerprints")
    in_order = con.table("fingerprints").order("account, entity")  # the same bytes every time
    in_order.write_parquet(str(folder / FINGERPRINTS))
    before = previous / FINGERPRINTS if previous else None
    if before is not None and before.exists():
        con.read_parquet(str(before)).create_view("previous_fingerprints", replace=True)
    else:
        con.table("fingerprints").limit(0).create_view("previous_fingerprints", replace=True)
    con.sql(_query("changed_accounts")).write_parquet(str(folder / CHANGED))
    count = con.read_parquet(str(folder / CHANGED)).aggregate("count(*)").fetchone()
    return int(count[0]) if count else 0


def _query(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text()
