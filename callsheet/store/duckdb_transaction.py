"""A transaction on the embedded warehouse: DuckDB's own connection, its errors in our words."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import duckdb
import pyarrow as pa
from sqlalchemy import Table

from callsheet.errors import StoreFailed, Taken
from callsheet.store.lake import VIEWS as LAKE_VIEWS
from callsheet.store.transaction import Kind, Transaction, known_table

_BETWEEN = "\x1f"  # keys that are handed over together; no key holds it
_LEFT_BEHIND = (
    "select 'table', table_name from duckdb_tables() where temporary"
    " union all select 'view', view_name from duckdb_views() where temporary and not internal"
    " and not list_contains($kept, view_name)"
)


class DuckdbTransaction(Transaction):
    """A transaction on the embedded file."""

    kind: Kind = "duckdb"

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        super().__init__()
        self._connection = connection
        self.is_lent = False  # somebody may have left temporary tables on the connection

    def fetch(self, sql: str, **params: object) -> list[tuple[Any, ...]]:
        """Return every row of a query."""
        with self._remembered(), named_errors():
            rows: list[tuple[Any, ...]] = self._connection.execute(*_bound(sql, params)).fetchall()
            return rows

    def execute(self, sql: str, **params: object) -> None:
        """Run a statement that returns nothing."""
        self.fetch(sql, **params)

    def arrow(self, sql: str, **params: object) -> pa.Table:
        """Return every row of a query as an Arrow table."""
        with named_errors():
            return self._connection.execute(*_bound(sql, params)).to_arrow_table()

    def append(self, table: str, rows: pa.Table) -> None:
        """Insert `rows` by column name, in bulk."""
        known_table(table)
        self._take_in(f"insert into {table} by name select * from incoming_rows", rows)  # noqa: S608  # names of our own

    def duckdb(self, tables: Sequence[str] = ()) -> duckdb.DuckDBPyConnection:
        """Return the warehouse's own connection, inside this transaction."""
        for table in tables:
            known_table(table)
        self.is_lent = True
        return self._connection

    @contextmanager
    def frugal(self, megabytes: int) -> Iterator[None]:
        """Keep to `megabytes`, unless more is in use already."""
        with self._connection.cursor() as beside:  # a failed transaction takes no statement
            with suppress(duckdb.OutOfMemoryException):
                beside.execute(f"set memory_limit = '{megabytes}MB'")
            try:
                yield
            finally:
                beside.execute("reset memory_limit")

    def alone(self, name: str) -> None:
        """Return at once: the embedded file has one writer."""

    def _replace(self, table: Table, rows: pa.Table) -> None:
        """Change the rows where they lie: to delete one means to take it out of the index.

        That costs 0.3 ms a row, twenty times as much as all the rest.
        """
        self._take_in(
            f"insert or replace into {table.name} by name select * from incoming_rows",  # noqa: S608  # names of our own
            rows,
        )

    def _take_in(self, sql: str, incoming_rows: pa.Table) -> None:
        """Run a statement that reads `incoming_rows`: DuckDB looks for it here, by its name.

        To register it would make a view, which costs as much as a small insert.
        """
        with self._remembered(), named_errors():
            self._connection.execute(sql)


def _bound(sql: str, params: dict[str, object]) -> tuple[str, dict[str, object] | None]:
    """Return a question and its values; a list of keys is handed over as one text.

    As a list each key would become a value of its own, which takes as long as to look for it.
    """
    for name, value in list(params.items()):
        as_list = f"cast(${name} as varchar[])"
        if isinstance(value, list) and value and as_list in sql:
            text = _BETWEEN.join(value)
            if text.count(_BETWEEN) == len(value) - 1:
                sql = sql.replace(as_list, f"string_split(${name}, '{_BETWEEN}')")
                params[name] = text
    return sql, params or None


def tidy(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop what a transaction left on its connection; the lake's views may serve the next one."""
    left = connection.execute(_LEFT_BEHIND, {"kept": list(LAKE_VIEWS)}).fetchall()
    for kind, name in left:
        connection.execute(f'drop {kind} temp."{name}"')


@contextmanager
def named_errors() -> Iterator[None]:
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
