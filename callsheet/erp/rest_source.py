"""A source that is any service giving JSON in pages: each table has a path, each column a key."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date
from decimal import Decimal
from typing import Any

from callsheet.erp.cell import cell_text
from callsheet.erp.connection import Rest
from callsheet.erp.guarded_http import GuardedHttp, schema_mismatch
from callsheet.erp.mapping import TableMapping
from callsheet.erp.record import Record, Sheet
from callsheet.erp.rest_pages import Answer, pages
from callsheet.erp.source import EVERYTHING, Asked, Discovery, Progress, in_silence
from callsheet.errors import PullRejected


@dataclass(frozen=True)
class RestSource:
    """A service and the paths of its tables. `secret` is the token it is asked with."""

    connection: Rest
    tables: Mapping[str, TableMapping]
    secret: str

    @property
    def by_changes(self) -> frozenset[str]:
        """Return every table, if the service can be asked for changes."""
        return frozenset(self.tables) if self.connection.since_parameter else frozenset()

    @property
    def by_customer(self) -> frozenset[str]:
        """Return the tables that name a customer, if the service can be asked for one."""
        named = {name for name, table in self.tables.items() if "customer" in table.columns}
        return frozenset(named) if self.connection.customer_parameter else frozenset()

    def discover(self) -> Discovery:
        """Ask for the first page of every table, and for how many rows there are."""
        with self.reading(date.min) as tables:
            return Discovery(self.connection.url, {n: tables.count(n) for n in self.tables})

    @contextmanager
    def reading(self, as_of: date, progress: Progress = in_silence) -> Iterator["_Reading"]:
        """Open a client that carries the token."""
        erp = self.connection
        with GuardedHttp(erp) as http:
            http.headers.update(erp.headers)
            if self.secret:
                http.headers[erp.sign_in_header] = erp.sign_in_form.format(secret=self.secret)
            yield _Reading(self, http, progress)


@dataclass
class _Reading:
    """The tables while they are read."""

    source: RestSource
    http: GuardedHttp
    progress: Progress
    delivery: str = ""

    def origins(self, name: str) -> tuple[str, ...]:
        """Return the path of a table."""
        return (self.source.tables[name].path or "",)

    def count(self, name: str) -> int | None:
        """Return how many rows the service says there are, if it says so."""
        first = next(self._pages(name, {}))
        return first.total

    def sheets(self, name: str, asked: Asked = EVERYTHING) -> Iterator[Sheet]:
        """Yield one table as one sheet, read page by page while it is used."""
        header = self.source.tables[name].source_columns()
        yield Sheet(header, self._records(name, header, asked))

    def _records(self, name: str, header: tuple[str, ...], asked: Asked) -> Iterator[Record]:
        written, line = self.source.tables[name].written, 0
        for parameters in self._questions(asked):
            total, read = None, 0
            for page in self._pages(name, parameters):
                if read == 0:
                    _check_columns(name, header, page.rows)
                for row in page.rows:
                    line, read = line + 1, read + 1
                    fields = tuple(_text(_at(row, column), written) for column in header)
                    yield Record(line, json.dumps(row, ensure_ascii=False, default=str), fields)
                total = page.total
                self.progress(name, line)
            if total is not None and total != read:
                raise PullRejected(
                    "count_mismatch", f"{name}: the service counts {total} rows and gave {read}"
                )

    def _questions(self, asked: Asked) -> list[dict[str, str]]:
        """Return the parameters of each question: one, or one for each customer."""
        erp = self.source.connection
        if asked.customers:
            return [{erp.customer_parameter: customer} for customer in asked.customers]
        if asked.since is not None:
            since = asked.since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            return [{erp.since_parameter: since}]
        return [{}]

    def _pages(self, name: str, parameters: dict[str, str]) -> Iterator[Answer]:
        return pages(
            self.http, self.source.connection, self.source.tables[name].path or "", parameters
        )


def _check_columns(name: str, header: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    """A key that no row of the first page has is a mistake, not a value that is absent."""
    missing = [column for column in header if not any(_has(row, column) for row in rows)]
    if rows and missing:
        raise PullRejected(
            "missing_column",
            f"{name}: {', '.join(missing)} is missing\n  found        {', '.join(rows[0])[:400]}",
        )


def _has(row: Any, path: str) -> bool:
    for key in path.split("."):
        if not isinstance(row, dict) or key not in row:
            return False
        row = row[key]
    return True


def _at(row: Any, path: str) -> Any:
    """Return what stands at a dotted path; None when a step of it is absent."""
    for key in path.split("."):
        row = row.get(key) if isinstance(row, dict) else None
    return row


def _text(cell: Any, written: Any) -> str | None:
    if isinstance(cell, dict | list):
        raise schema_mismatch("a value", "an object or a list where a value should stand", cell)
    if isinstance(cell, int) and not isinstance(cell, bool):
        cell = Decimal(cell)
    return cell_text(cell, written)
