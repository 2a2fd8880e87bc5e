"""The freshest look at the receivables: the last good snapshot of every source, as views."""

from datetime import date

import duckdb

from callsheet.settings import Settings
from callsheet.snapshots.kept import KeptSnapshots
from callsheet.snapshots.snapshot import SnapshotRef, latest
from callsheet.store.lake import attach
from callsheet.store.transaction import Transaction


def freshest(tx: Transaction, settings: Settings, as_of: date) -> list[SnapshotRef]:
    """Return the last good snapshot of each source on or before `as_of`; their files are here."""
    refs = latest(tx, [source.name for source in settings.sources], as_of)
    kept = KeptSnapshots.of(settings)
    for ref in refs:
        kept.folder(ref.folder)
    return refs


def receivables(tx: Transaction, settings: Settings, as_of: date) -> duckdb.DuckDBPyConnection:
    """Return the transaction's DuckDB connection, the canonical tables as views in it."""
    con = tx.duckdb()
    attach(con, freshest(tx, settings, as_of), settings.home / "lake")
    return con
