"""The embedded warehouse: one DuckDB file, opened late and closed early.

Only one process can hold the file for writing, and none reads it meanwhile. Threads of one
process share one opening of the file: several may read, one writes at a time.
"""

import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import Table
from sqlalchemy.pool import NullPool

from callsheet.errors import Busy, StoreFailed, Taken
from callsheet.store.lake import VIEWS as LAKE_VIEWS
from callsheet.store.transaction import Kind, Transaction, known_table

PATIENCE_SECONDS = 30.0
_PAUSE_SECONDS = 0.05
_CONFIG = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
_HOLDER = re.compile(r"\(PID (\d+)\)")
_LEFT_BEHIND = (
    "select 'table', table_name from duckdb_tables() where temporary"
    " union all select 'view', view_name from duckdb_views() where temporary and not internal"
    " and not list_contains($kept, view_name)"
)


class DuckdbTransaction(Transaction):
    """A transaction on the embedded file."""

    kind: Kind = "duckdb"

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self.is_lent = False  # somebody may have left temporary tables on the connection

    def fetch(self, sql: str, **params: object) -> list[tuple[Any, ...]]:
        """Return every row of a query."""
        with self._remembered(), _named_errors():
            rows: list[tuple[Any, ...]] = self._connection.execute(sql, params or None).fetchall()
            return rows

    def execute(self, sql: str, **params: object) -> None:
        """Run a statement that returns nothing."""
        self.fetch(sql, **params)

    def arrow(self, sql: str, **params: object) -> pa.Table:
        """Return every row of a query as an Arrow table."""
        with _named_errors():
            return self._connection.execute(sql, params or None).to_arrow_table()

    def append(self, table: str, rows: pa.Table) -> None:
        """Insert `rows` by column name, in bulk."""
        known_table(table)
        with self._registered(rows) as incoming:
            self.execute(f"insert into {table} by name select * from {incoming}")  # noqa: S608  # names of our own

    def duckdb(self, tables: Sequence[str] = ()) -> duckdb.DuckDBPyConnection:
        """Return the warehouse's own connection, inside this transaction."""
        for table in tables:
            known_table(table)
        self.is_lent = True
        return self._connection

    def alone(self, name: str) -> None:
        """Return at once: the embedded file has one writer."""

    def _replace(self, table: Table, rows: pa.Table) -> None:
        keys = ", ".join(column.name for column in table.primary_key.columns)
        with self._registered(rows) as incoming:
            self.execute(
                f"delete from {table.name} where ({keys}) in (select ({keys}) from {incoming})"  # noqa: S608  # names of our own
            )
            self.execute(f"insert into {table.name} by name select * from {incoming}")  # noqa: S608  # names of our own

    @contextmanager
    def _registered(self, rows: pa.Table) -> Iterator[str]:
        self._connection.register("incoming_rows", rows)
        try:
            yield "incoming_rows"
        finally:
            with suppress(duckdb.Error):  # the transaction may already be lost
                self._connection.unregister("incoming_rows")


class DuckdbFile:
    """One DuckDB file as this process sees it."""

    kind: Kind = "duckdb"

    def __init__(self, path: Path, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self.path = path
        self.patience_seconds = patience_seconds
        self._changed = threading.Condition()
        self._root: duckdb.DuckDBPyConnection | None = None
        self._read_only = False
        self._users = 0
        self._has_writer = False
        self._frugal = 0  # holders whose work is small
        self._idle: list[duckdb.DuckDBPyConnection] = []  # to be used again while the file is open

    def exists(self) -> bool:
        """Say whether the file has been made."""
        return self.path.exists()

    @contextmanager
    def open(self, write: bool) -> Iterator[DuckdbTransaction]:
        """Yield a transaction that is committed at the end, or rolled back on an error."""
        with self._used(write, alone=write) as root, self._connection(root) as connection:
            connection.begin()
            transaction = DuckdbTransaction(connection)
            try:
                yield transaction
                transaction.refuse_if_lost()
            except BaseException:
                with suppress(duckdb.Error):  # a failed statement may have rolled back already
                    connection.rollback()
                raise
            with _named_errors():
                connection.commit()
            if transaction.is_lent:
                _tidy(connection)

    @contextmanager
    def _connection(self, root: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a connection nobody else uses; one that saw no error is kept for the next."""
        with self._changed:
            connection = self._idle.pop() if self._idle else None
        if connection is None:
            connection = root.cursor()
            connection.execute("set timezone = 'UTC'")
            connection.execute("set enable_progress_bar = false")  # it would be drawn into JSON
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        with self._changed:
            self._idle.append(connection)

    @contextmanager
    def held(self, *, for_small_work: bool = False) -> Iterator[None]:
        """Keep the file open for writing, so that transactions inside cost no opening.

        Small work is asked on one thread: to share it out costs more than it saves.
        """
        with self._used(write=True, alone=False) as root:
            if for_small_work:
                self._share_out(root, 1)
            try:
                yield
            finally:
                if for_small_work:
                    self._share_out(root, -1)

    def _share_out(self, root: duckdb.DuckDBPyConnection, more: int) -> None:
        """Work on one thread as long as there is anybody whose work is small."""
        with self._changed:
            self._frugal += more
            if self._frugal == max(more, 0):
                root.execute("set threads = 1" if self._frugal else "reset threads")

    @contextmanager
    def migrating(self) -> Iterator[tuple[DuckdbTransaction, sa.Connection]]:
        """Yield a transaction, and the same one as Alembic wants it; committed at the end."""
        from duckdb_sqlalchemy import ConnectionWrapper  # as slow as Alembic, and needed with it

        with self._used(write=True, alone=True) as root:
            con = root.cursor()
            engine = sa.create_engine(
                "duckdb://", creator=lambda: ConnectionWrapper(con), poolclass=NullPool
            )
            with _named_errors(), engine.begin() as connection:
                yield DuckdbTransaction(con), connection

    @contextmanager
    def _used(self, write: bool, alone: bool) -> Iterator[duckdb.DuckDBPyConnection]:
        root = self._take(write, alone)
        try:
            yield root
        finally:
            self._give_back(alone)

    def _take(self, write: bool, alone: bool) -> duckdb.DuckDBPyConnection:
        deadline = time.monotonic() + self.patience_seconds
        with self._changed:
            while (write and self._root is not None and self._read_only) or (
                alone and self._has_writer
            ):
                if not self._changed.wait(max(0.0, deadline - time.monotonic())):
                    raise Busy(f"{self.path}: another thread of this very process is using it")
            if self._root is None:
                self._root = self._connect(read_only=not write, deadline=deadline)
                self._read_only = not write
            self._users += 1
            self._has_writer = self._has_writer or alone
            return self._root

    def _give_back(self, alone: bool) -> None:
        with self._changed:
            self._users -= 1
            if alone:
                self._has_writer = False
            if self._users == 0 and self._root is not None:
                while self._idle:
                    self._idle.pop().close()
                self._root.close()
                self._root = None
            self._changed.notify_all()

    def _connect(self, read_only: bool, deadline: float) -> duckdb.DuckDBPyConnection:
        while True:
            try:
                return duckdb.connect(str(self.path), read_only=read_only, config=_CONFIG)
            except duckdb.IOException as problem:
                if "lock" not in str(problem):
                    raise StoreFailed(f"{self.path}: {problem}") from problem
                if time.monotonic() >= deadline:
                    raise Busy(self._held_by(str(problem))) from problem
                time.sleep(_PAUSE_SECONDS)

    def _held_by(self, problem: str) -> str:
        found = _HOLDER.search(problem)
        holder = f"process {found[1]}" if found else "another process"
        return (
            f"{self.path}: {holder} holds the warehouse\n"
            f"  waited       {self.patience_seconds:g} s\n"
            "  do           try again when it has ended, or keep the warehouse in PostgreSQL"
        )


def _tidy(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop what a transaction left on its connection; the lake's views may serve the next one."""
    left = connection.execute(_LEFT_BEHIND, {"kept": list(LAKE_VIEWS)}).fetchall()
    for kind, name in left:
        connection.execute(f'drop {kind} temp."{name}"')


@contextmanager
def _named_errors() -> Iterator[None]:
    """Turn a lost race into Taken; DuckDB raises it at the insert or at the commit."""
    try:
        yield
    except duckdb.ConstraintException as problem:
        if "NOT NULL" in str(problem):
            raise
        raise Taken(str(problem)) from problem
    except duckdb.TransactionException as problem:
        text = str(problem)
        if "onflict" in text or "onstraint" in text:
            raise Taken(text) from problem
        raise StoreFailed(text) from problem
    except (duckdb.IOException, duckdb.FatalException) as problem:  # a full disk, a broken file
        raise StoreFailed(str(problem)) from problem
