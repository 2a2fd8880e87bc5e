"""Pull a source: what changed since its last pull where it can, and everything where it must.

Changes are read from a while before the last pull, so that nothing falls between two pulls. What
they add up to is counted against the ERP after every pull: a row that vanished there is noticed
the same day, and everything is read again. Every `full_every_days` everything is read anyway, and
compared with what the changes had come to.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

import duckdb

from callsheet.erp.mapping_file import load_mapping
from callsheet.erp.pull import pull
from callsheet.erp.source import Progress, in_silence
from callsheet.erp.sources import open_source
from callsheet.erp.staged import Drift, Staged
from callsheet.in_memory import in_memory
from callsheet.settings import Settings, Source
from callsheet.snapshots.kept import KeptSnapshots
from callsheet.store.warehouse import Warehouse

_SQL = Path(__file__).parents[1] / "sql" / "snapshot"
_ITEMS = "open_items.parquet"


@dataclass(frozen=True)
class LastPull:
    """The last good snapshot of a source, and when it was last read whole."""

    folder: Path
    extracted_at: datetime
    full_on: date
    is_clean: bool  # nothing of it was set aside


def pull_source(
    settings: Settings, source: Source, as_of: date, now: datetime, progress: Progress = in_silence
) -> Staged:
    """Stage what `source` gives for `as_of`, by changes if its file allows it.

    As long as a row is set aside everything is read: only so is it seen when it is mended.
    """
    mapping = load_mapping(source.mapping)
    read = partial(
        pull, source, as_of, settings.home, now, secrets=settings.secrets, progress=progress
    )
    wanted = mapping.erp.incremental if mapping.erp is not None else None
    last = _last_pull(settings, source, as_of) if wanted is not None else None
    if wanted is None or last is None or not last.is_clean:
        return read()
    changes = read(since=last.extracted_at - timedelta(minutes=wanted.overlap_minutes))
    with in_memory() as con:
        expected = _expect(con, last.folder, changes)
        is_due = as_of - last.full_on >= timedelta(days=wanted.full_every_days)
        if not is_due and _counted(settings, source, as_of) in {None, expected}:
            return changes
        staged = read()
        return replace(staged, drift=_drift(con, staged))


def _last_pull(settings: Settings, source: Source, as_of: date) -> LastPull | None:
    with Warehouse.of(settings).reading() as tx:
        rows = tx.fetch(
            "select folder, extracted_at, rows_quarantined from snapshot"
            " where source = $source and on_day <= $day"
            " order by on_day desc, published_at desc, snapshot_id desc limit 1",
            source=source.name,
            day=as_of,
        )
        whole = tx.fetch(
            "select max(on_day) from snapshot"
            " where source = $source and on_day <= $day and mode = 'stock'",
            source=source.name,
            day=as_of,
        )
    if not rows or whole[0][0] is None:
        return None
    folder, extracted_at, aside = rows[0]
    return LastPull(
        KeptSnapshots.of(settings).folder(folder), extracted_at, whole[0][0], aside == 0
    )


def _expect(con: duckdb.DuckDBPyConnection, before: Path, changes: Staged) -> int:
    """Keep what should be open now as `expected_items`; return how many items that is."""
    con.read_parquet(str(before / _ITEMS)).create_view("items_before")
    con.read_parquet(str(changes.folder / _ITEMS)).create_view("changed_items")
    con.sql((_SQL / "expected_items.sql").read_text()).create("expected_items")
    return len(con.table("expected_items"))


def _counted(settings: Settings, source: Source, as_of: date) -> int | None:
    """Return how many items the ERP says are open; None when it cannot be asked."""
    erp = open_source(source, load_mapping(source.mapping), settings.secrets)
    with erp.reading(as_of) as tables:
        return tables.count("open_items")


def _drift(con: duckdb.DuckDBPyConnection, staged: Staged) -> Drift:
    """Compare `expected_items` with a whole pull."""
    con.read_parquet(str(staged.folder / _ITEMS)).create_view("found_items")
    found = con.execute((_SQL / "item_drift.sql").read_text()).fetchall()
    return Drift(*found[0])
