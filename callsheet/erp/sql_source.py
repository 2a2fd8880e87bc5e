"""A source that is a database: one query per table, read-only, in one transaction, page by page."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from callsheet.erp.cell import cell_text
from callsheet.erp.connection import Sql
from callsheet.erp.mapping import TableMapping
from callsheet.erp.query import Query
from callsheet.erp.read_only import read_only
from callsheet.erp.record import Record, Sheet, checked_header
from callsheet.erp.source import EVERYTHING, Asked, Discovery, Progress, Unavailable, in_silence
from callsheet.errors import PullRejected

_ABOUT_A_VALUE = "22"  # such a message quotes the value, which may be a person's


@dataclass(frozen=True)
class SqlSource:
    """A database and the queries that give its tables. `url` holds the password."""

    connection: Sql
    url: sa.URL
    tables: Mapping[str, TableMapping]
    queries: Mapping[str, Query]

    @property
    def by_changes(self) -> frozenset[str]:
        """Return the tables whose query asks for `:since`."""
        return frozenset(name for name, query in self.queries.items() if query.knows_changes)

    @property
    def by_customer(self) -> frozenset[str]:
        """Return the tables whose customer is a plain column of the query."""
        return frozenset(n for n in self.queries if customer_column(self.tables[n]) is not None)

    def discover(self) -> Discovery:
        """Connect, and count what every query gives."""
        with self.reading(date.min) as tables:
            rows = {name: tables.count(name) for name in self.queries}
            return Discovery(tables.product, rows)

    @contextmanager
    def reading(self, as_of: date, progress: Progress = in_silence) -> Iterator["_Reading"]:
        """Open one read-only transaction; every table is as it stood when it began."""
        engine = sa.create_engine(self.url, poolclass=sa.NullPool)
        try:
            with read_only(engine, self.connection.timeout_seconds) as connection:
                yield _Reading(self, connection, as_of, progress)
        except SQLAlchemyError as problem:
            raise _told(self.url, problem) from problem
        finally:
            engine.dispose()


@dataclass
class _Reading:
    """A transaction in which the tables are read."""

    source: SqlSource
    connection: sa.Connection
    as_of: date
    progress: Progress
    delivery: str = ""

    @property
    def product(self) -> str:
        """Return the name and version of the database server."""
        version = self.connection.dialect.server_version_info or ()
        return f"{self.connection.dialect.name} {'.'.join(map(str, version))}".strip()

    def origins(self, name: str) -> tuple[str, ...]:
        """Return the file of the table's query."""
        return (self.source.queries[name].name,)

    def count(self, name: str) -> int | None:
        """Return how many rows the table's whole query gives."""
        rows = self.source.queries[name].counted(self._parameters(EVERYTHING))
        return int(self.connection.execute(rows).scalar_one())

    def sheets(self, name: str, asked: Asked = EVERYTHING) -> Iterator[Sheet]:
        """Yield the rows of one table as one sheet, read page by page while it is used."""
        table, query = self.source.tables[name], self.source.queries[name]
        parameters = self._parameters(asked)
        header = tuple(self.connection.execute(query.nothing(parameters)).keys())
        checked_header(query.name, header, table.source_columns())
        if table.key is not None:
            checked_header(query.name, header, (table.key,))
        rows = self._rows(name, query, header, asked, parameters)
        yield Sheet(header, _records(rows, table))

    def _rows(
        self,
        name: str,
        query: Query,
        header: tuple[str, ...],
        asked: Asked,
        parameters: dict[str, Any],
    ) -> Iterator[tuple[Any, ...]]:
        """Yield every row, by pages of the key, or from a cursor that the server keeps.

        PostgreSQL would join everything anew for each page of a query that joins.
        """
        table, size = self.source.tables[name], self.source.connection.page_rows
        where = (customer_column(table) or "", asked.customers) if asked.customers else None
        key, at_once = table.key, self._keeps_the_place or table.key is None
        read, after = 0, None
        while True:
            page = self.connection.execute(
                query.page(
                    header, parameters, key=key, after=after, size=None if at_once else size,
                    where=where,
                ),
                execution_options={"stream_results": True, "yield_per": size} if at_once else {},
            )  # fmt: skip
            before = read
            for row in page:
                yield tuple(row)
                read += 1
                after = row[header.index(key)] if key else None
                if read % size == 0:
                    self.progress(name, read)
            if at_once or read - before < size:
                break
        self.progress(name, read)
        if asked.is_everything and not at_once:
            _check_count(query.name, key or "", read, self.count(name))

    @property
    def _keeps_the_place(self) -> bool:
        automatic = self.source.connection.paging == "auto"
        return automatic and self.connection.dialect.name == "postgresql"

    def _parameters(self, asked: Asked) -> dict[str, Any]:
        since = asked.since.astimezone(UTC).replace(tzinfo=None) if asked.since else None
        companies = self.source.connection.companies
        joined = f",{','.join(companies)}," if companies else ""
        return {"since": since, "as_of": self.as_of, "companies": joined}


def customer_column(table: TableMapping) -> str | None:
    """Return the source's own column that names the customer, if it is read as it stands."""
    value = table.columns.get("customer")
    return value.column if value is not None and value.values is None else None


def _records(rows: Iterable[tuple[Any, ...]], table: TableMapping) -> Iterator[Record]:
    for line, cells in enumerate(rows, start=1):
        fields = tuple(cell_text(cell, table.written) for cell in cells)
        yield Record(line, "\t".join("" if field is None else field for field in fields), fields)


def _check_count(query: str, key: str, read: int, counted: int | None) -> None:
    """Pages lose rows when the key is not unique, or NULL: then nothing of it is believed."""
    if counted != read:
        raise PullRejected(
            "count_mismatch",
            f"{query}: {read} rows were read by pages of {key}, the query counts {counted}\n"
            f"  do           name a key that is unique and never NULL",
        )


def _told(url: sa.URL, problem: SQLAlchemyError) -> PullRejected:
    """Return what went wrong without a password, and without the values that were asked for."""
    original = getattr(problem, "orig", None)
    state = str(getattr(original, "sqlstate", None) or "")
    said = str(original or type(problem).__name__).splitlines()[0]
    if state.startswith(_ABOUT_A_VALUE):
        said = f"a value it cannot read (SQLSTATE {state})"
    where = url.render_as_string(hide_password=True)
    message = f"{where}: the database refused\n  found        {said}"
    if isinstance(problem, sa.exc.OperationalError | sa.exc.InterfaceError):
        return Unavailable(message)
    return PullRejected("query_failed", f"{message}\n  do           mend the query")
