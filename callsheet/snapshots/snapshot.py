"""Publish a validated delivery as one immutable snapshot, and find the last good one.

Files first, in one rename; then one transaction that makes them count. A crash between the two
leaves files that nothing names; publishing again finds them and goes on.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb

from callsheet import history
from callsheet.erp.staged import Staged
from callsheet.errors import PullRejected
from callsheet.in_memory import in_memory
from callsheet.keys import canonical_text, digest
from callsheet.settings import DecisionSettings, Source
from callsheet.snapshots.erp_exclusions import carry_over
from callsheet.snapshots.kept import KeptSnapshots
from callsheet.snapshots.snapshot_files import counts_on, write_files
from callsheet.store import lake
from callsheet.store.arrow_types import arrow_schema
from callsheet.store.tables import Snapshot
from callsheet.store.transaction import Transaction, known_table
from callsheet.store.warehouse import Warehouse
from callsheet.validation.validated import SnapshotFiles, Validated

_AUTHOR = "publish"
_PROMISE_GRACE = DecisionSettings().promise_grace


@dataclass(frozen=True)
class SnapshotRef:
    """A published snapshot. `folder` is below the lake; `on_day` is the day it is for."""

    snapshot_id: str
    source: str
    on_day: date
    folder: str
    entities: tuple[str, ...]
    extracted_at: datetime


Check = Callable[[Transaction, Path, Path | None], None]


def unchecked(_tx: Transaction, _folder: Path, _previous: Path | None) -> None:
    """Find nothing wrong with a snapshot's folder, beside that of the one before."""


def publish(
    validated: Validated,
    warehouse: Warehouse,
    kept: KeptSnapshots,
    as_of: date,
    published_at: datetime,
    *,
    promise_grace: int = _PROMISE_GRACE,
    check: Check = unchecked,
) -> SnapshotRef:
    """Make a validated delivery the snapshot of `as_of`, whole or not at all.

    `promise_grace`: the working days after which a promise of the source is over.
    `check` sees the files before they count; what it raises keeps them from counting.

    A delivery that was loaded before is not loaded again: its snapshot is returned, and the
    history says `duplicate_pull`. One with history is loaded once per day.
    """
    staged = validated.staged
    with warehouse.reading() as tx:
        published = already_published(tx, staged, as_of)
        before = last_before(tx, staged.source, as_of)
    if published is not None:
        note_duplicate(warehouse, published, as_of, published_at)
        return published
    previous = kept.folder(before.folder) if before else None
    with in_memory() as con:
        folder, manifest = write_files(con, validated, kept.lake, as_of, previous)
        kept.share(folder)
        row = _row(validated, folder, manifest, as_of, published_at)
        with warehouse.transaction() as tx:
            check(tx, kept.lake / folder, previous)
            counts = counts_on(validated)
            if staged.drift is not None:
                counts |= staged.drift.as_counts()
            return _enter(tx, con, row, kept.lake / folder, counts, promise_grace)


def already_published(tx: Transaction, staged: Staged, as_of: date) -> SnapshotRef | None:
    """Return the snapshot these very bytes were loaded as; with history, for this very day."""
    rows = tx.fetch(
        _COLUMNS + " where source = $source and delivery = $delivery"
        " order by on_day desc, published_at desc",
        source=staged.source,
        delivery=staged.delivery,
    )
    refs = [_ref(row) for row in rows]
    if staged.mapping.carries_history:
        refs = [ref for ref in refs if ref.on_day == as_of]
    return next(iter(refs), None)


def latest(tx: Transaction, sources: Iterable[str], as_of: date) -> list[SnapshotRef]:
    """Return the last good snapshot of each source on or before `as_of`, sources by name."""
    found = [_last(tx, source, as_of, inclusive=True) for source in sorted(set(sources))]
    return [ref for ref in found if ref is not None]


def last_before(tx: Transaction, source: str, as_of: date) -> SnapshotRef | None:
    """Return the snapshot that the one of `as_of` is compared with: the last one up to that day."""
    return _last(tx, source, as_of, inclusive=True)


def files_of(
    ref: SnapshotRef | None, kept: KeptSnapshots, clearings: tuple[Path, ...] = ()
) -> SnapshotFiles | None:
    """Return what validation needs of the last good snapshot; None when there is none."""
    if ref is None:
        return None
    return SnapshotFiles(ref.snapshot_id, ref.on_day, kept.folder(ref.folder), clearings)


def refuse_stale(refs: Iterable[SnapshotRef], sources: Iterable[Source], now: datetime) -> None:
    """Raise PullRejected `stale_data` unless each source has a snapshot within its cadence."""
    by_source = {ref.source: ref for ref in refs}
    for source in sources:
        ref = by_source.get(source.name)
        if ref is None:
            raise PullRejected("stale_data", f"source {source.name}: no good snapshot yet")
        age = now - ref.extracted_at
        if age > timedelta(hours=source.cadence_hours):
            moment, hours = f"{ref.extracted_at:%Y-%m-%d %H:%M}", age // timedelta(hours=1)
            raise PullRejected(
                "stale_data",
                f"source {source.name}: the last good snapshot is of {moment}, {hours} h old;"
                f" {source.cadence_hours} h are allowed\n"
                "  do           mend the delivery; nobody is reminded on old figures",
            )


def note_rejection(
    warehouse: Warehouse, source: str, rejected: PullRejected, as_of: date, happened_at: datetime
) -> None:
    """Write into the history that a source's pull was rejected, and why."""
    subject = f"pull|{source}|{as_of}"
    with warehouse.transaction() as tx:
        tx.alone("ledger")
        event = history.NewEvent(
            subject=subject,
            no=_next_no(tx, subject),
            kind="snapshot",
            on_day=as_of,
            happened_at=happened_at,
            author=_AUTHOR,
            state="rejected",
            reason=rejected.code,
            detail={"source": source, "message": str(rejected)},
        )
        history.record(tx, [event])


def _enter(  # noqa: PLR0917  # each is one thing
    tx: Transaction,
    con: duckdb.DuckDBPyConnection,
    row: Snapshot,
    folder: Path,
    counts: Mapping[str, int],
    promise_grace: int,
) -> SnapshotRef:
    """Make the files count: the snapshot, its quarantine, its exclusions and one event."""
    tx.alone("ledger")
    ref = SnapshotRef(
        row.snapshot_id, row.source, row.on_day, row.folder,
        tuple(json.loads(row.entities)), row.extracted_at,
    )  # fmt: skip
    if tx.fetch("select 1 from snapshot where snapshot_id = $id", id=row.snapshot_id):
        return ref
    tx.add(row)
    _enter_quarantine(tx, con, row, folder / lake.QUARANTINE)
    versions = carry_over(tx, con, folder, row.source, row.on_day, promise_grace)
    event = history.NewEvent(
        subject=row.snapshot_id,
        no=1,
        kind="snapshot",
        on_day=row.on_day,
        happened_at=row.published_at,
        author=_AUTHOR,
        state="published",
        detail={"source": row.source, "exclusions": versions, **counts},
    )
    history.record(tx, [event])
    return ref


def _row(
    validated: Validated, folder: str, manifest: str, as_of: date, published_at: datetime
) -> Snapshot:
    staged, counts = validated.staged, counts_on(validated)
    return Snapshot(
        snapshot_id=digest(manifest),
        source=staged.source,
        on_day=as_of,
        mode=staged.mode,
        folder=folder,
        delivery=staged.delivery,
        entities=canonical_text(json.loads(manifest)["entities"]),
        extracted_at=staged.extracted_at,
        published_at=published_at,
        rows_in=counts["rows_in"],
        rows_loaded=counts["loaded"],
        rows_duplicate=counts["duplicates"],
        rows_quarantined=counts["quarantined"],
        manifest=manifest,
    )


def _enter_quarantine(
    tx: Transaction, con: duckdb.DuckDBPyConnection, row: Snapshot, file: Path
) -> None:
    aside = con.execute(
        "select $id as snapshot_id, table_name, line, code, $source as source, entity,"
        " customer, row_key, found, raw, $day as on_day from read_parquet($file)",
        {"id": row.snapshot_id, "source": row.source, "day": row.on_day, "file": str(file)},
    ).to_arrow_table()
    if aside.num_rows:
        schema = arrow_schema(known_table("quarantine"))
        tx.append("quarantine", aside.select(schema.names).cast(schema))


def note_duplicate(
    warehouse: Warehouse, ref: SnapshotRef, as_of: date, happened_at: datetime
) -> None:
    """Write into the history, once a day, that a delivery came that was loaded before."""
    with warehouse.transaction() as tx:
        _note_duplicate(tx, ref, as_of, happened_at)


def _note_duplicate(tx: Transaction, ref: SnapshotRef, as_of: date, happened_at: datetime) -> None:
    tx.alone("ledger")
    known = tx.fetch(
        "select count(*) from event where subject = $subject and reason = 'duplicate_pull'"
        " and on_day = $day",
        subject=ref.snapshot_id,
        day=as_of,
    )
    if known[0][0]:
        return
    event = history.NewEvent(
        subject=ref.snapshot_id,
        no=_next_no(tx, ref.snapshot_id),
        kind="snapshot",
        on_day=as_of,
        happened_at=happened_at,
        author=_AUTHOR,
        state="published",
        reason="duplicate_pull",
        detail={"source": ref.source},
    )
    history.record(tx, [event])


def _next_no(tx: Transaction, subject: str) -> int:
    rows = tx.fetch("select coalesce(max(no), 0) from event where subject = $s", s=subject)
    return int(rows[0][0]) + 1


_COLUMNS = "select snapshot_id, source, on_day, folder, entities, extracted_at from snapshot"


def _last(tx: Transaction, source: str, as_of: date, *, inclusive: bool) -> SnapshotRef | None:
    day = as_of if inclusive else as_of - timedelta(days=1)
    rows = tx.fetch(
        _COLUMNS + " where source = $source and on_day <= $day"
        " order by on_day desc, published_at desc, snapshot_id desc limit 1",
        source=source,
        day=day,
    )
    return _ref(rows[0]) if rows else None


def _ref(row: tuple[str, str, date, str, str, datetime]) -> SnapshotRef:
    snapshot_id, source, on_day, folder, entities, extracted_at = row
    return SnapshotRef(
        snapshot_id, source, on_day, folder, tuple(json.loads(entities)), extracted_at
    )
