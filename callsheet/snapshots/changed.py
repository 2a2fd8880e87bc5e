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
_NONE_BEFORE = (
    "select 0::ubigint as account, '' as customer, '' as entity, 0::ubigint as fingerprint"
    " where false"
)


def write_changed_accounts(
    con: duckdb.DuckDBPyConnection, folder: Path, previous: Path | None
) -> int:
    """Write the fingerprints and `changed_accounts` into `folder`; return how many changed.

    `con` sees the snapshot's tables by their names; `previous` is the snapshot before.
    """
    before = previous / FINGERPRINTS if previous else None
    kept = before is not None and before.exists()
    known = con.read_parquet(str(before)) if kept else con.sql(_NONE_BEFORE)
    known.create_view("previous_fingerprints", replace=True)
    _make(con, "customer_fingerprints")
    find_changed_accounts(con)
    con.sql(_query("account_fingerprints")).write_parquet(str(folder / FINGERPRINTS))
    con.table("changed_accounts").write_parquet(str(folder / CHANGED))
    count = con.table("changed_accounts").aggregate("count(*)").fetchone()
    return int(count[0]) if count else 0


def find_changed_accounts(con: duckdb.DuckDBPyConnection) -> None:
    """Make the table `changed_accounts`.

    Reads `open_items`, `customer_fingerprints` and `previous_fingerprints`.
    """
    _make(con, "item_fingerprints", "differing_fingerprints", "new_accounts", "changed_accounts")


def _make(con: duckdb.DuckDBPyConnection, *names: str) -> None:
    for name in names:
        con.execute(f"create or replace temp table {name} as {_query(name)}")


def _query(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text(encoding="utf-8")
