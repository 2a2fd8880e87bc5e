"""The tables and views of the warehouse: made when they are missing, checked cheaply otherwise.

The definition's digest is the comment of the table `event`: equal means nothing is to do. Tables
of an earlier release are left as they are until `callsheet migrate` brings them up; views hold no
rows, and are made anew whenever anything differs.
"""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import sqlalchemy as sa
from sqlalchemy import MetaData, Table, Text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable
from sqlmodel import SQLModel

import callsheet.store.state_tables  # the tables register themselves
import callsheet.store.tables  # noqa: F401
from callsheet.errors import OtherRelease
from callsheet.store.arrow_types import is_text
from callsheet.store.releases import RELEASES, TABLE, Releases, Step, number, release_of
from callsheet.store.roles import give_rights_again
from callsheet.store.transaction import Kind, Transaction

# A view may read those named before it.
VIEWS: tuple[str, ...] = (
    "action_state",
    "action_history",
    "decisions",
    "current_runs",
    "worklist",
    "exceptions",
)

_VIEWS_FOLDER = Path(__file__).parents[1] / "sql" / "views"
_COMMENT = {
    "duckdb": "select comment from duckdb_tables() where table_name = 'event'",
    "postgresql": "select obj_description(to_regclass('event'), 'pg_class')",
}


def view_text(name: str) -> str:
    """Return the SQL file of a view: its question, its header and its query."""
    return (_VIEWS_FOLDER / f"{name}.sql").read_text(encoding="utf-8")


def create_table(table: Table, kind: Kind) -> str:
    """Return the statement that makes `table`; text is ordered by code point on both engines."""
    if kind == "postgresql":
        table = table.to_metadata(MetaData())
        for column in table.columns:
            if is_text(column.type):
                column.type = Text(collation="C")
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # DuckDB reads it as well
    return str(CreateTable(table).compile(dialect=dialect)).strip()


@cache  # written out once a process: it takes longer than a question to the warehouse
def definition(kind: Kind) -> Mapping[str, str]:
    """Return the statement that makes each table, by name."""
    tables = SQLModel.metadata.sorted_tables
    return MappingProxyType({table.name: create_table(table, kind) for table in tables})


def is_current(tx: Transaction, releases: Releases = RELEASES) -> bool:
    """Say whether the warehouse already has exactly these tables and views."""
    rows = tx.fetch(_COMMENT[tx.kind])
    return bool(rows) and rows[0][0] == _fingerprint(tx.kind, releases)


def create_missing(tx: Transaction, releases: Releases = RELEASES) -> None:
    """Make the tables of an empty warehouse, and all views; OtherRelease when a table differs."""
    tx.alone("schema")
    if is_current(tx, releases):
        return
    stored = _stored_columns(tx)
    if found := release_of(tx, set(stored)):
        releases.refuse_other(found)
        for name in definition(tx.kind):
            _refuse_other_columns(name, stored.get(name, set()))
    else:
        for statement in definition(tx.kind).values():
            tx.execute(statement)
    if TABLE not in stored:
        number(tx, releases.last)
    _make_views(tx, releases)


def steps_to_climb(tx: Transaction, releases: Releases = RELEASES) -> tuple[str, tuple[Step, ...]]:
    """Return the warehouse's release ('' when it is empty) and what would bring it up."""
    found = release_of(tx, set(_stored_columns(tx)))
    return found, releases.steps_from(found) if found else ()


def climb(tx: Transaction, connection: sa.Connection, releases: Releases = RELEASES) -> None:
    """Bring a warehouse of an earlier release up to the last; `connection` is of `tx` itself."""
    stored = set(_stored_columns(tx))
    if TABLE not in stored:
        number(tx, release_of(tx, stored))
    _drop_views(tx)  # PostgreSQL changes no column that a view reads
    releases.climb(connection)
    _make_views(tx, releases)


def _drop_views(tx: Transaction) -> None:
    for view in reversed(VIEWS):
        tx.execute(f"drop view if exists {view}")


def _make_views(tx: Transaction, releases: Releases) -> None:
    _drop_views(tx)
    for view in VIEWS:
        tx.execute(f"create view {view} as\n{view_text(view)}")
    tx.execute(f"comment on table event is '{_fingerprint(tx.kind, releases)}'")
    give_rights_again(tx)


def _fingerprint(kind: Kind, releases: Releases) -> str:
    views = (view_text(view) for view in VIEWS)
    parts = [releases.last, *definition(kind).values(), *views]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _stored_columns(tx: Transaction) -> dict[str, set[str]]:
    schema = "current_schema()"
    rows = tx.fetch(
        f"select table_name, column_name from information_schema.columns"  # noqa: S608  # a function's name
        f" where table_schema = {schema}"
    )
    stored: dict[str, set[str]] = {}
    for table, column in rows:
        stored.setdefault(table, set()).add(column)
    return stored


def _refuse_other_columns(name: str, stored: set[str]) -> None:
    wanted = {column.name for column in SQLModel.metadata.tables[name].columns}
    if wanted != stored:
        raise OtherRelease(
            f"warehouse table {name} was made by another version of Callsheet\n"
            f"  looked for   {', '.join(sorted(wanted - stored)) or 'nothing more'}\n"
            f"  found        {', '.join(sorted(stored - wanted)) or 'nothing more'}\n"
            "  do           use the version that made it, or a new warehouse"
        )
