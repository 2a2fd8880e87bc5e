"""The warehouse in PostgreSQL: for several workers and readers at once."""

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import duckdb
import psycopg
import pyarrow as pa
import sqlalchemy as sa
from psycopg import ClientCursor, IsolationLevel, errors
from sqlalchemy import Table
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from callsheet.errors import Busy, NoServer, StoreFailed, StoreLost, Taken
from callsheet.in_memory import in_memory
from callsheet.store.arrow_types import arrow_schema
from callsheet.store.copy_text import arrow_type, csv_of, tables_of_csv
from callsheet.store.transaction import Kind, Transaction, known_table

PATIENCE_SECONDS = 30
_SKIPPED = r"'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*|/\*.*?\*/"
_TOKEN = re.compile(rf"(?P<skip>{_SKIPPED})|\$(?P<name>[a-z_][a-z0-9_]*)|(?P<percent>%)", re.S)

_LOST = ("57P", "08")  # it is shut down or starts up; the connection broke (often without a code)


class PostgresTransaction(Transaction):
    """A transaction on a PostgreSQL server."""

    kind: Kind = "postgresql"

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        super().__init__()
        self._connection = connection
        self._beside: duckdb.DuckDBPyConnection | None = None

    def fetch(self, sql: str, **params: object) -> list[tuple[Any, ...]]:
        """Return every row of a query."""
        with self._cursor() as cursor:
            cursor.execute(_translated(sql, params), params or None)
            return cursor.fetchall() if cursor.description else []

    def execute(self, sql: str, **params: object) -> None:
        """Run a statement that returns nothing."""
        self.fetch(sql, **params)

    def arrow(self, sql: str, **params: object) -> pa.Table:
        """Return every row of a query as an Arrow table, by COPY."""
        with self._cursor() as cursor:
            query = cursor.mogrify(_translated(sql, params), params or None)
            cursor.execute(f"select * from ({query}\n) as described limit 0".encode())  # noqa: S608  # the caller's query
            types = {column.name: arrow_type(column) for column in cursor.description or ()}
            with cursor.copy(f"copy ({query}\n) to stdout (format csv)".encode()) as copy:
                return pa.concat_tables(tables_of_csv(iter(copy), types))

    def append(self, table: str, rows: pa.Table) -> None:
        """Insert `rows` by column name, by COPY."""
        self._copy_in(known_table(table).name, rows)

    def duckdb(self, tables: Sequence[str] = ()) -> duckdb.DuckDBPyConnection:
        """Return this transaction's in-memory connection, the named tables copied in anew."""
        if self._beside is None:
            self._beside = in_memory()
            self._beside.execute("set timezone = 'UTC'")
        for name in tables:
            schema = arrow_schema(known_table(name))
            rows = self.arrow(f'select {_column_list(schema.names)} from "{name}"').cast(schema)  # noqa: S608  # names of our own
            self._beside.register("copied_rows", rows)
            self._beside.execute(f"create or replace table {name} as from copied_rows")
            self._beside.unregister("copied_rows")
        return self._beside

    def alone(self, name: str) -> None:
        """Wait until no other transaction is alone under `name`; hold it until this one ends."""
        self.execute("select pg_advisory_xact_lock(hashtext($name))", name=name)

    def close(self) -> None:
        """Let go of the in-memory connection, if there is one."""
        if self._beside is not None:
            self._beside.close()

    def _replace(self, table: Table, rows: pa.Table) -> None:
        keys = [column.name for column in table.primary_key.columns]
        same = " and ".join(f'stored."{key}" = incoming."{key}"' for key in keys)
        columns = _column_list(rows.column_names)
        self.execute(
            f'create temp table incoming on commit drop as select {columns} from "{table.name}"'  # noqa: S608  # names of our own
            " where false"
        )
        self._copy_in("incoming", rows)
        self.execute(f'delete from "{table.name}" as stored using incoming where {same}')  # noqa: S608  # names of our own
        self.execute(f'insert into "{table.name}" ({columns}) select {columns} from incoming')  # noqa: S608  # names of our own
        self.execute("drop table incoming")

    def _copy_in(self, table: str, rows: pa.Table) -> None:
        text = csv_of(rows)
        statement = f'copy "{table}" ({_column_list(rows.column_names)}) from stdin (format csv)'
        with self._cursor() as cursor, cursor.copy(statement.encode()) as copy:
            copy.write(text)

    @contextmanager
    def _cursor(self) -> Iterator[ClientCursor[Any]]:
        with self._remembered(), _named_errors():
            cursor = ClientCursor(self._connection)
            try:
                yield cursor
            finally:
                cursor.close()


class PostgresServer:
    """One PostgreSQL database as this process sees it."""

    kind: Kind = "postgresql"

    def __init__(self, url: str, patience_seconds: float = PATIENCE_SECONDS) -> None:
        parts = make_url(url).set(drivername="postgresql")
        self.name = f"{parts.host or 'local'}/{parts.database}"
        self.patience_seconds = patience_seconds
        self._address = parts.render_as_string(hide_password=False)
        self._lock = threading.Lock()
        self._holders = 0
        self._idle: list[psycopg.Connection[Any]] = []  # to be used again while it is held

    def exists(self) -> bool:
        """Say that a server's database is there; the first statement tells otherwise."""
        return True

    @contextmanager
    def open(self, write: bool) -> Iterator[PostgresTransaction]:
        """Yield a transaction that is committed at the end, or rolled back on an error."""
        with self._connection() as connection:
            connection.read_only = not write
            connection.isolation_level = (
                IsolationLevel.READ_COMMITTED if write else IsolationLevel.REPEATABLE_READ
            )
            transaction = PostgresTransaction(connection)
            try:
                yield transaction
                transaction.refuse_if_lost()
            except BaseException:
                with suppress(psycopg.Error):  # the connection may be gone
                    connection.rollback()
                raise
            finally:
                transaction.close()
            with _named_errors():
                connection.commit()

    @contextmanager
    def held(self, *, for_small_work: bool = False) -> Iterator[None]:
        """Keep connections for the next transaction; nobody else waits for that."""
        with self._lock:
            self._holders += 1
        try:
            yield
        finally:
            with self._lock:
                self._holders -= 1
                while self._idle and not self._holders:
                    self._idle.pop().close()

    @contextmanager
    def migrating(self) -> Iterator[tuple[PostgresTransaction, sa.Connection]]:
        """Yield a transaction, and the same one as Alembic wants it; committed at the end."""
        con = self._connect()
        engine = sa.create_engine("postgresql+psycopg://", creator=lambda: con, poolclass=NullPool)
        with _named_errors(), engine.begin() as connection:
            yield PostgresTransaction(con), connection

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[Any]]:
        """Yield a connection nobody else uses; one that saw no error may be kept for the next."""
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        connection = connection or self._connect()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        with self._lock:
            if self._holders:
                self._idle.append(connection)
                return
        connection.close()

    def _connect(self) -> psycopg.Connection[Any]:
        milliseconds = int(self.patience_seconds * 1000)
        try:
            return psycopg.connect(
                self._address,
                connect_timeout=max(2, int(self.patience_seconds)),
                options=f"-c timezone=UTC -c lock_timeout={milliseconds}",
            )
        except psycopg.OperationalError as problem:
            raise NoServer(
                f"PostgreSQL {self.name} does not answer\n"
                f"  found        {str(problem).strip()}\n"
                "  do           start it, or mend the setting `warehouse`"
            ) from problem


def _translated(sql: str, params: dict[str, Any]) -> bytes:
    """Return `sql` with `$name` written as psycopg wants it; quoted text stays as it is."""
    used: set[str] = set()

    def write(found: re.Match[str]) -> str:
        if name := found["name"]:
            used.add(name)
            return f"%({name})s"
        return (found["skip"] or "%").replace("%", "%%" if params else "%")

    text = _TOKEN.sub(write, sql)
    if used != set(params):
        raise ValueError(f"parameters {sorted(params)} were given, the query has {sorted(used)}")
    return text.encode()


def _column_list(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


@contextmanager
def _named_errors() -> Iterator[None]:
    """Turn PostgreSQL's errors into the decisions a caller can take."""
    try:
        yield
    except (errors.UniqueViolation, errors.SerializationFailure) as problem:
        raise Taken(str(problem).strip()) from problem
    except errors.InsufficientPrivilege as problem:
        raise StoreFailed(
            f"PostgreSQL: {str(problem).strip()}\n"
            "  do           connect as a role that may: docs/warehouse.md"
        ) from problem
    except (errors.LockNotAvailable, errors.DeadlockDetected) as problem:
        raise Busy(f"PostgreSQL: another transaction holds it: {problem}") from problem
    except psycopg.OperationalError as problem:
        kind = StoreLost if (problem.sqlstate or _LOST[0]).startswith(_LOST) else StoreFailed
        raise kind(f"PostgreSQL: {str(problem).strip()}") from problem
