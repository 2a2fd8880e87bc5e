"""What the warehouse offers inside one transaction, alike on both engines."""

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import duckdb
import pyarrow as pa
from sqlalchemy import Table
from sqlmodel import SQLModel

from callsheet.errors import Taken
from callsheet.store.arrow_types import arrow_schema

Kind = Literal["duckdb", "postgresql"]
APPEND_ONLY = frozenset({"event", "action"})  # their rows never change


class Transaction(ABC):
    """One transaction. Values are `$name` parameters; a duplicate key raises Taken.

    After Taken nothing of the transaction is kept: leave it, read again in a new one.
    """

    kind: Kind
    home: Path | None = None  # of the company whose warehouse it is: its keys lie there
    _lost: Taken | None = None

    def __init__(self) -> None:
        # What was read or written here and need not be asked again: it ends with the transaction,
        # or is handed to the next one where nobody else can write in between.
        self.known: dict[str, object] = {}

    def refuse_if_lost(self) -> None:
        """Raise the Taken that ended this transaction, though the caller may have caught it."""
        if self._lost is not None:
            raise self._lost

    @contextmanager
    def _remembered(self) -> Iterator[None]:
        """Remember a Taken: the engine has thrown the transaction away, whatever comes next."""
        try:
            yield
        except Taken as lost:
            self._lost = lost
            raise

    @abstractmethod
    def fetch(self, sql: str, **params: object) -> list[tuple[Any, ...]]:
        """Return every row of a query."""

    @abstractmethod
    def execute(self, sql: str, **params: object) -> None:
        """Run a statement that returns nothing."""

    @abstractmethod
    def arrow(self, sql: str, **params: object) -> pa.Table:
        """Return every row of a query as an Arrow table; amounts stay exact decimals."""

    @abstractmethod
    def append(self, table: str, rows: pa.Table) -> None:
        """Insert `rows` by column name, in bulk; a column left out is null."""

    @abstractmethod
    def duckdb(self, tables: Sequence[str] = ()) -> duckdb.DuckDBPyConnection:
        """Return a DuckDB connection that sees the named warehouse tables by their bare names.

        Embedded it is the warehouse's own connection, inside this transaction. On PostgreSQL it
        is one in-memory connection per transaction, into which the named tables are copied anew.
        """

    @contextmanager
    def frugal(self, megabytes: int) -> Iterator[None]:
        """Let temporary tables of `duckdb()` go to disk when they need more than `megabytes`.

        Needed embedded: there none is let go before the transaction ends, though another took its
        place.
        """
        yield

    @abstractmethod
    def alone(self, name: str) -> None:
        """Wait until no other transaction is alone under `name`; hold it until this one ends.

        Who writes anew what it reads first (a breaker, a subject's next number) takes `ledger`
        before it reads, so that nobody writes in between; and no other name after it.
        """

    @abstractmethod
    def _replace(self, table: Table, rows: pa.Table) -> None: ...

    def replace(self, table: str, rows: pa.Table) -> None:
        """Put `rows` in the place of those of `table` with their primary keys; add the others."""
        if table in APPEND_ONLY:
            raise ValueError(f"{table}: its rows never change; append new ones")
        self._replace(known_table(table), rows)

    def add(self, *rows: SQLModel) -> None:
        """Insert a few rows, each into its own table."""
        by_table: dict[str, list[dict[str, object]]] = defaultdict(list)
        for row in rows:
            by_table[str(row.__tablename__)].append(row.model_dump())
        for name, dicts in by_table.items():
            schema = arrow_schema(known_table(name))
            self.append(name, pa.Table.from_pylist(dicts, schema=schema))


def known_table(name: str) -> Table:
    """Return the warehouse table called `name`; ValueError when there is none."""
    try:
        return SQLModel.metadata.tables[name]
    except KeyError:
        raise ValueError(f"the warehouse has no table {name}") from None
