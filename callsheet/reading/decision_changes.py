"""The lake's record of decisions that changed, day by day: how a past day can be read again."""

from datetime import date
from pathlib import Path

from callsheet.settings import Settings
from callsheet.store.transaction import Transaction

_FOLDER = "decision_changes"
_PREFIX = "through-"
_CONFIG = "select decode(value) from parquet_kv_metadata($file) where decode(key) = 'config_hash'"


def change_files(settings: Settings, as_of: date) -> list[Path]:
    """Return the files of every day up to `as_of`, the oldest first."""
    files = [
        file
        for folder in (settings.home / "lake" / _FOLDER).glob("*-*-*")
        if folder.name <= as_of.isoformat()
        for file in folder.glob(f"{_PREFIX}*.parquet")
    ]
    return sorted(files, key=lambda file: (file.parent.name, through(file)))


def through(file: Path) -> int:
    """Return the last event that the decision of this file had read."""
    return int(file.stem.removeprefix(_PREFIX))


def day_decided(tx: Transaction, settings: Settings, as_of: date) -> date:
    """Return the last day up to `as_of` whose decisions stand; `as_of` itself when there is none.

    On a day that was not played, a Sunday say, what was decided before it still stands.
    """
    rows = tx.fetch("select decided_on from fold_watermark where decided_on <= $as_of", as_of=as_of)
    if rows:
        return rows[0][0] or as_of
    files = change_files(settings, as_of)
    return date.fromisoformat(files[-1].parent.name) if files else as_of


def read_up_to(tx: Transaction, settings: Settings, as_of: date) -> int:
    """Return the last event that the decision of `as_of` had read.

    The watermark says it of the last day decided, the file of its changes of an earlier one. A
    day on which no decision changed read what was there before its first event.
    """
    rows = tx.fetch("select decided_on, through_seq from fold_watermark")
    if rows and rows[0][0] == as_of:
        return int(rows[0][1])
    day = [file for file in change_files(settings, as_of) if file.parent.name == as_of.isoformat()]
    if day:
        return through(day[-1])
    [(last,)] = tx.fetch(
        "select coalesce(max(ledger_seq), 0) from event where on_day < $as_of", as_of=as_of
    )
    return int(last)


def decided_by(tx: Transaction, settings: Settings, as_of: date) -> str:
    """Return the hash of the configuration that `as_of` was decided by; '' when none is known.

    On a day on which no decision changed it is that of the last change before it.
    """
    rows = tx.fetch("select decided_on, config_hash from fold_watermark")
    if rows and rows[0][0] is not None and as_of >= rows[0][0]:
        return str(rows[0][1])
    files = change_files(settings, as_of)
    kept = tx.duckdb().execute(_CONFIG, {"file": str(files[-1])}).fetchone() if files else None
    return kept[0] if kept else ""
