"""Write the files of one snapshot: complete under another name, then renamed at once."""

import os
import shutil
from collections.abc import Mapping
from datetime import UTC, date
from pathlib import Path

import duckdb
from duckdb import ColumnExpression, ConstantExpression, Expression

from callsheet.canonical import TABLES
from callsheet.channels.outbox import safe
from callsheet.keys import canonical_text, digest
from callsheet.snapshots.changed import FINGERPRINTS, write_changed_accounts
from callsheet.snapshots.clearings import write_clearings
from callsheet.snapshots.whole_folder import (
    MANIFEST,
    digest_of,
    make_visible,
    staging_in,
)
from callsheet.store.lake import QUARANTINE
from callsheet.validation.validated import Counts, Validated

REPORT = "report.html"
# What a decision reads: the fingerprints and the exclusions are made of these.
_DECIDED_ON = (
    "entities", "customers", "assignments", "open_items", "disputes", "specific_actions", "holds",
    "insolvencies", "merged_customers", "opening_position",
)  # fmt: skip


def write_files(
    con: duckdb.DuckDBPyConnection,
    validated: Validated,
    lake: Path,
    as_of: date,
    previous: Path | None,
) -> tuple[str, str]:
    """Write the snapshot of `as_of`; return its folder, relative to `lake`, and its manifest.

    `con` is a fresh in-memory connection. A crash leaves at most a folder whose name begins with
    a dot, which nobody reads. What was renamed is never changed again: the same snapshot written
    twice is the same folder.
    """
    staging = staging_in(lake / "snapshot", validated.staged.source)
    for name in TABLES:
        _write_table(con, validated, name, staging, as_of)
    _link_or_filter(con, validated, QUARANTINE, staging, as_of)
    _link(validated.report, staging / REPORT)
    for name in _DECIDED_ON:
        con.read_parquet(str(staging / f"{name}.parquet")).create_view(name)
    if not validated.staged.mapping.carries_history:  # history says itself what was paid when
        write_clearings(con, staging, previous, as_of)
    entities = _entities(con, validated)
    changed = write_changed_accounts(con, staging, previous)
    manifest = canonical_text(_manifest(validated, staging, as_of, entities, changed))
    (staging / MANIFEST).write_text(manifest)
    folder = _folder(validated.staged.source, entities, as_of, digest(manifest))
    make_visible(staging, lake / folder)
    return folder, manifest


def counts_on(validated: Validated) -> dict[str, int]:
    """Return the counts of the whole delivery: rows in, loaded, duplicates, quarantined, kept."""
    total = {"rows_in": 0, "loaded": 0, "duplicates": 0, "quarantined": 0, "kept": 0}
    for counts in validated.counts.values():
        for name in total:
            total[name] += getattr(counts, name)
    return total


def _write_table(
    con: duckdb.DuckDBPyConnection, validated: Validated, name: str, staging: Path, as_of: date
) -> None:
    """Derive a table as of a day; one that is the same on every day is linked, not written."""
    items = validated.staged.mapping.tables.get("open_items")
    if name == "payments" and items is not None and items.open_when is not None:
        paid = con.read_parquet(str(validated.folder / "payments.parquet"))
        settled = _settled(con, validated, as_of)
        paid.union(settled).order("customer, entity, item").write_parquet(
            str(staging / "payments.parquet")
        )
        return
    _link_or_filter(con, validated, f"{name}.parquet", staging, as_of)


def _link_or_filter(
    con: duckdb.DuckDBPyConnection, validated: Validated, file: str, staging: Path, as_of: date
) -> None:
    rows = con.read_parquet(str(validated.folder / file))
    history = [name for name in ("issued_on", "settled_on") if name in rows.columns]
    if not history or (file == QUARANTINE and not validated.staged.mapping.carries_history):
        _link(validated.folder / file, staging / file)
        return
    kept = [ColumnExpression(name) for name in rows.columns if name not in history]
    known = rows.filter(_known_on(as_of, history)).select(*kept)
    known.write_parquet(str(staging / file))


def _link(made: Path, target: Path) -> None:
    """Give a file a second name; copy it where the lake is on another disk."""
    try:
        os.link(made, target)
    except OSError:
        shutil.copyfile(made, target)


def _known_on(as_of: date, history: list[str]) -> Expression:
    """Return the condition issued <= as_of < settled, where an absent day holds nothing back."""
    day = ConstantExpression(as_of)
    issued = ColumnExpression("issued_on")
    condition = issued.isnull() | (issued <= day)
    if "settled_on" in history:
        settled = ColumnExpression("settled_on")
        condition = condition & (settled.isnull() | (settled > day))
    return condition


def _settled(
    con: duckdb.DuckDBPyConnection, validated: Validated, as_of: date
) -> duckdb.DuckDBPyRelation:
    """Return the items that were settled by `as_of` as rows of `payments`."""
    items = con.read_parquet(str(validated.folder / "open_items.parquet"))
    day = ConstantExpression(as_of)
    columns = [column.name for column in TABLES["payments"].columns]
    values = [ColumnExpression(name) for name in columns if name != "paid_on"]
    return items.filter(
        (ColumnExpression("issued_on") <= day) & (ColumnExpression("settled_on") <= day)
    ).select(*values, ColumnExpression("settled_on").alias("paid_on"), ColumnExpression("mark"))


def _entities(con: duckdb.DuckDBPyConnection, validated: Validated) -> tuple[str, ...]:
    """Return the entities this snapshot covers, as the mapping says or as it delivers them."""
    if validated.staged.mapping.entities:
        return tuple(sorted(validated.staged.mapping.entities))
    rows = con.execute("select distinct entity from entities order by entity").fetchall()
    return tuple(entity for (entity,) in rows)


def _manifest(
    validated: Validated, staging: Path, as_of: date, entities: tuple[str, ...], changed: int
) -> Mapping[str, object]:
    """Return what is in the snapshot; its digest is the snapshot's id."""
    staged = validated.staged
    return {
        "v": 1,
        "source": staged.source,
        "on_day": as_of.isoformat(),
        "mode": staged.mode,
        "entities": list(entities),
        "extracted_at": staged.extracted_at.astimezone(UTC).isoformat(),
        "delivery": staged.delivery,
        "previous": validated.previous.snapshot_id if validated.previous else "",
        "counts": {name: _counted(counts) for name, counts in sorted(validated.counts.items())},
        "changed_accounts": changed,
        "files": {
            path.name: digest_of(path)
            for path in sorted(staging.iterdir())
            if path.name != FINGERPRINTS  # unsorted, and made again from the rest at will
        },
    }


def _counted(counts: Counts) -> dict[str, int]:
    return {
        "rows_in": counts.rows_in,
        "loaded": counts.loaded,
        "duplicates": counts.duplicates,
        "quarantined": counts.quarantined,
        "kept": counts.kept,
    }


def _folder(source: str, entities: tuple[str, ...], as_of: date, snapshot_id: str) -> str:
    covered = "+".join(safe(entity) for entity in entities)  # delivered words: no path of theirs
    covered = covered if 0 < len(covered) <= 60 else f"{len(entities)}-entities"
    return f"snapshot/{safe(source)}/{covered}/{as_of}-{snapshot_id[:12]}"
