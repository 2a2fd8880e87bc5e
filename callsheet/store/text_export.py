"""CSV for people who open it in a spreadsheet: RFC 4180, and no cell is ever a formula."""

import csv
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import TextIO

# A spreadsheet reads a cell that begins with one of these as a formula (OWASP's list).
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

_UNSEEN = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})  # blanks, separators, controls, zero widths

Cell = str | int | bool | Decimal | date | None


def defused(text: str) -> str:
    """Return `text` so that a spreadsheet shows it and never runs it.

    A leading apostrophe is added to what begins like a formula, also behind blanks and signs that
    are not seen.
    """
    begins = next((sign for sign in text if sign in FORMULA_SIGNS or not _is_unseen(sign)), "")
    return f"'{text}" if begins in FORMULA_SIGNS else text


def _is_unseen(sign: str) -> bool:
    """Say whether a spreadsheet may skip `sign` at the beginning of a cell."""
    return unicodedata.category(sign) in _UNSEEN


def as_cell(value: Cell) -> str:
    """Return a value as a cell: texts defused, numbers as numbers (-12.50 stays usable)."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    return defused(str(value))


def write_csv(file: TextIO, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    """Write rows as RFC 4180 (comma, double quotes, CRLF) and return how many there were.

    Open `file` with `newline=""` and UTF-8.
    """
    writer = csv.writer(file, dialect="excel", lineterminator="\r\n")
    writer.writerow([defused(name) for name in header])
    count = 0
    for row in rows:
        writer.writerow([as_cell(value) for value in row])
        count += 1
    return count
