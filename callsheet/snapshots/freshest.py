"""The freshest look at the receivables: the last good snapshot of every source, as views."""

from datetime import date

import duckdb

from callsheet.settings import Settings
from callsheet.snapshots.snapshot import latest
from callsheet.store.lake import attach
from callsheet.store.transaction import Transaction


def receivables(tx: Transaction, settings: Settings, as_of: date) -> duckdb.DuckDBPyConnection:
    """Return the transaction's DuckDB connection, the canonical tables as views in it."""
    con = tx.duckdb()
    sources = [source.name for source in settings.sources]
    attach(con, latest(tx, sources, as_of), settings.home / "lake")
    return con
