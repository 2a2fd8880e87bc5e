"""Copies of the views for readers while the pipeline runs: Parquet, or CSV for spreadsheets.

All files come from one moment of the warehouse. Each is written beside and renamed, so a reader
meets the old file or the new one, never a half; `manifest.json` is renamed last.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from callsheet.errors import UsageInvalid
from callsheet.keys import canonical_text
from callsheet.store.text_export import write_csv
from callsheet.store.transaction import Transaction
from callsheet.store.warehouse_schema import VIEWS

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Exported:
    """What was written: rows per view, and how far into the ledger they read."""

    folder: Path
    through_seq: int
    decided_on: date | None
    rows: dict[str, int]

    def as_text(self) -> dict[str, object]:
        """Return it as plain data."""
        return {**asdict(self), "folder": str(self.folder), "decided_on": str(self.decided_on)}


def export_views(tx: Transaction, folder: Path, *, as_csv: bool = False) -> Exported:
    """Write every view into `folder`, as Parquet or as CSV whose texts are no formulas."""
    if folder.exists() and not folder.is_dir():
        raise UsageInvalid(f"{folder}: is a file\n  do           name a folder")
    folder.mkdir(parents=True, exist_ok=True)
    write = _write_csv if as_csv else _write_parquet
    suffix = "csv" if as_csv else "parquet"
    tables = {name: _ordered(tx, name) for name in VIEWS}
    [(through_seq, decided_on)] = tx.fetch(
        "select (select coalesce(max(ledger_seq), 0) from event),"
        " (select max(decided_on) from fold_watermark)"
    )
    exported = Exported(
        folder, through_seq, decided_on, {name: rows.num_rows for name, rows in tables.items()}
    )
    with _renamed_together(folder) as beside:
        for name, rows in tables.items():
            write(rows, beside(f"{name}.{suffix}"))
        beside(MANIFEST).write_text(canonical_text(exported.as_text()), encoding="utf-8")
    return exported


def _ordered(tx: Transaction, name: str) -> pa.Table:
    order = {"action_history": "ledger_seq", "action_state": "action_id"}.get(name, "1, 2, 3, 4")
    return tx.arrow(f"select * from {name} order by {order}")  # noqa: S608  # names of our own


@contextmanager
def _renamed_together(folder: Path) -> Iterator[Callable[[str], Path]]:
    """Yield where to write each file beside its place; at the end they take their places."""
    written: list[tuple[Path, Path]] = []

    def beside(name: str) -> Path:
        written.append((folder / f".{name}.{os.getpid()}", folder / name))
        return written[-1][0]

    try:
        yield beside
        for new, place in written:
            new.replace(place)
    finally:
        for new, _ in written:
            new.unlink(missing_ok=True)


def _write_parquet(rows: pa.Table, path: Path) -> None:
    pq.write_table(rows, path, compression="zstd")


def _write_csv(rows: pa.Table, path: Path) -> None:
    columns: Sequence[str] = rows.column_names
    with path.open("w", newline="", encoding="utf-8") as file:
        write_csv(file, columns, (tuple(row.values()) for row in rows.to_pylist()))
