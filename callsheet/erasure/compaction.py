"""Compaction: the databases are written anew, without the pages that were freed.

A row that was deleted, or a key that was destroyed, may lie in a freed page until the page is used
again. DuckDB never gives one back by itself, so its file is copied; PostgreSQL and SQLite rewrite
their own.
"""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb
import psycopg
from sqlalchemy import make_url

from callsheet.dispatching.ownership import owning
from callsheet.erasure.remnants import INBOX, remove_staging
from callsheet.errors import Busy
from callsheet.sealing.key_ring import FILE, KeyRing
from callsheet.settings import Settings
from callsheet.snapshots.whole_folder import make_durable
from callsheet.store.warehouse import Warehouse

_COPY = ".warehouse.compacted"


@dataclass(frozen=True)
class Compacted:
    """The sizes of what was written anew, in bytes: before and after, by name."""

    sizes: dict[str, tuple[int, int]]
    staging_removed: int


def compact(warehouse: Warehouse, settings: Settings) -> Compacted:
    """Write warehouse, keys and inbox anew; nobody dispatches meanwhile.

    Busy when another process uses the embedded warehouse, or dispatches.
    """
    home = settings.home
    with warehouse.transaction():
        pass  # made, if it never was
    with owning(warehouse, settings):
        sizes = {name: (_size(home / name), 0) for name in (FILE, INBOX)}
        KeyRing.of(home).compact()
        _compact_sqlite(home / INBOX)
        sizes = {name: (before, _size(home / name)) for name, (before, _) in sizes.items()}
        url = settings.warehouse.get_secret_value()
        sizes["warehouse"] = _compact_server(url) if url else _compact_file(warehouse_file(home))
    return Compacted(sizes, remove_staging(home))


def warehouse_file(home: Path) -> Path:
    """Return where the embedded warehouse lies."""
    return home / "warehouse.duckdb"


def _compact_file(place: Path) -> tuple[int, int]:
    """Copy the embedded warehouse and put the copy in its place, in one rename.

    The original stays open for writing until then: a process that waits for it opens the copy.
    """
    copy = place.with_name(_COPY)
    copy.unlink(missing_ok=True)
    before = _size(place)
    try:
        with closing(duckdb.connect(str(place))) as con:
            con.execute("set enable_progress_bar = false")
            [(name,)] = con.execute("select current_database()").fetchall()
            con.execute(f"attach '{_quoted(copy)}' as compacted")
            con.execute(f'copy from database "{name}" to compacted')
            _copy_comments(con)
            con.execute("detach compacted")
            make_durable(copy)
            copy.replace(place)
    except duckdb.IOException as problem:
        raise Busy(
            f"{place}: another process holds it\n  do           try again later"
        ) from problem
    make_durable(place.parent)
    return before, _size(place)


def _copy_comments(con: duckdb.DuckDBPyConnection) -> None:
    """Give the copy the comments of the original: one of them says which schema it has."""
    rows = con.execute(
        "select table_name, comment from duckdb_tables()"
        " where database_name <> 'compacted' and comment is not null and not temporary"
    ).fetchall()
    for table, comment in rows:
        text = str(comment).replace("'", "''")
        con.execute(f"comment on table compacted.main.\"{table}\" is '{text}'")


def _compact_server(url: str) -> tuple[int, int]:
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        size = "select pg_database_size(current_database())"
        before = connection.execute(size).fetchone()
        connection.execute("vacuum (full)")
        connection.execute("checkpoint")
        after = connection.execute(size).fetchone()
    return (int(before[0]) if before else 0, int(after[0]) if after else 0)


def _compact_sqlite(place: Path) -> None:
    if place.exists():
        with closing(sqlite3.connect(place, timeout=30)) as con:
            con.execute("pragma secure_delete = on")
            con.execute("pragma wal_checkpoint(truncate)")
            con.execute("vacuum")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
