"""Whether a declared notation can be read with at all: asked before any file is opened."""

import io
from collections.abc import Iterator
from functools import cache

import duckdb

from callsheet.erp.mapping import EXCEL_SERIAL, TableMapping
from callsheet.in_memory import in_memory


def unreadable_notation(table: TableMapping) -> Iterator[tuple[str, str, str]]:
    """Yield what no file can be read by: what it is, what was found, what to write instead."""
    encoding = table.written.encoding
    if not _is_encoding(encoding):
        yield "unknown encoding", encoding, "write utf-8, cp1252, utf-16 …"
    opens = table.open_when
    values = [*table.columns.values(), *([opens.issued, opens.settled] if opens else [])]
    forms = [table.written.date, *(value.date for value in values if value and value.date)]
    for form in dict.fromkeys(forms):
        if form != EXCEL_SERIAL and not _is_form(form):
            yield "no format of a day", form, f"write %d/%m/%Y, %Y-%m-%d … or {EXCEL_SERIAL}"


def is_pattern(pattern: str) -> bool:
    """Say whether the database can match ids with this regular expression."""
    return _can("select regexp_full_match('', $written)", pattern)


def _is_encoding(name: str) -> bool:
    try:
        io.TextIOWrapper(io.BytesIO(), encoding=name).close()
    except LookupError:
        return False
    return True


def _is_form(form: str) -> bool:
    return "%" in form and _can("select try_strptime('', $written)", form)


@cache
def _can(question: str, written: str) -> bool:
    try:
        with in_memory() as con:
            con.execute(question, {"written": written}).fetchall()
    except duckdb.Error:
        return False
    return True
