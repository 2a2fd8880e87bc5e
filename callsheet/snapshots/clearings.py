"""What was cleared with each snapshot, so that an item that is open again is known for ever.

A list that shows open items only says by silence that one was cleared. Each snapshot keeps those
that its list no longer shows; together they are every item that was ever cleared.
"""

from datetime import date
from pathlib import Path

import duckdb

from callsheet.snapshots.kept import KeptSnapshots
from callsheet.snapshots.whole_folder import manifest_files
from callsheet.store.transaction import Transaction

CLEARED = "cleared_items.parquet"
_QUERY = (Path(__file__).parents[1] / "sql" / "snapshot" / "newly_cleared.sql").read_text("utf-8")


def write_clearings(
    con: duckdb.DuckDBPyConnection, folder: Path, previous: Path | None, as_of: date
) -> None:
    """Write into `folder` what the snapshot before still showed as open; no file when nothing.

    `con` sees the snapshot's `open_items`.
    """
    before = previous / "open_items.parquet" if previous else None
    if before is None or not before.exists():
        return
    con.read_parquet(str(before)).create_view("previous_open_items", replace=True)
    con.read_parquet(str(folder / "payments.parquet")).create_view("payments", replace=True)
    con.execute(f"create or replace temp table cleared as {_QUERY}", {"as_of": as_of})
    if con.table("cleared").limit(1).fetchall():
        con.table("cleared").write_parquet(str(folder / CLEARED))


def clearings_of(tx: Transaction, source: str, kept: KeptSnapshots) -> tuple[Path, ...]:
    """Return the files of what was cleared with each published snapshot of `source`."""
    rows = tx.fetch("select folder, manifest from snapshot where source = $source", source=source)
    digests = ((folder, manifest_files(manifest).get(CLEARED)) for folder, manifest in rows)
    return tuple(sorted(kept.file(folder, CLEARED, found) for folder, found in digests if found))
