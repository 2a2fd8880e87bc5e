"""What every reader of files gives: a header, then one record per delivered row."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from callsheet.errors import PullRejected


class Record(NamedTuple):
    """One delivered row: the line it begins on, the text as it lay, and its fields."""

    line: int
    raw: str
    fields: tuple[str | None, ...]


# A first line without any of the names may be a row: what it says of a person is not repeated.
_NO_NAMES = "{} columns, and none of those wanted\n  do           check the line of column names"


def joined(file: str, line: int, fields: tuple[str | None, ...], limit: int) -> str:
    """Return a row of cells as one text of bounded length; PullRejected when it is longer."""
    raw = "\t".join("" if field is None else field for field in fields)
    if len(raw) > limit:
        raise PullRejected("line_too_long", f"{file}, line {line}: over {limit} characters")
    return raw


@dataclass(frozen=True)
class Sheet:
    """The rows of one file. `records` is read once."""

    header: tuple[str, ...]
    records: Iterator[Record]


def checked_header(file: str, header: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Return the header if every wanted column is there exactly once; PullRejected otherwise."""
    twice = sorted({name for name in header if name and header.count(name) > 1})
    is_header = any(name in column for name in wanted for column in header)
    if twice:
        which = ", ".join(twice) if is_header else "of the first line"
        raise PullRejected("duplicate_column", f"{file}: column {which} stands twice")
    missing = [name for name in wanted if name not in header]
    if missing and len(header) <= 1 < len(wanted):
        found = header[0][:80] if is_header else "no line of column names"
        raise PullRejected(
            "schema_mismatch",
            f"{file}: one single column\n  found        {found}\n"
            "  do           declare the delimiter of this file",
        )
    if missing:
        raise PullRejected(
            "missing_column",
            f"{file}: column {', '.join(missing)} is missing\n  found        "
            + (", ".join(header)[:400] if is_header else _NO_NAMES.format(len(header))),
        )
    return header
