"""Read a sheet of an XLSX workbook, row by row, as text in the declared notation."""

import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from callsheet.erp.bounded import check_archive
from callsheet.erp.cell import cell_text
from callsheet.erp.mapping import Written
from callsheet.erp.record import Record, Sheet, checked_header, joined
from callsheet.errors import PullRejected

# What openpyxl raises over a damaged workbook, for most of which it has no error of its own.
_UNREADABLE = (
    BadZipFile, zlib.error, SyntaxError, LookupError, ValueError, TypeError,
    AttributeError, ArithmeticError, OSError, EOFError, RuntimeError,
)  # fmt: skip
_Row = tuple[int, tuple[object, ...]]


def read_workbook(path: Path, written: Written, wanted: tuple[str, ...]) -> Sheet:
    """Return the rows of the declared sheet, or of the first one that is shown."""
    check_archive(path, written.max_expanded_mb)
    rows = _rows(path, written)
    for _ in range(written.skip_lines):
        next(rows, None)
    _, names = next(rows, (0, ()))
    header = _header(names)
    checked_header(path.name, header, wanted)
    return Sheet(header, _records(path.name, rows, len(header), written))


def _rows(path: Path, written: Written) -> Iterator[_Row]:
    """Yield the rows with their numbers; PullRejected when the workbook is damaged."""
    from openpyxl import load_workbook  # slow to load
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and print areas it does not know
            book = load_workbook(path, read_only=True, data_only=True)
            rows = enumerate(
                _sheet(path.name, book, written.sheet).iter_rows(values_only=True), start=1
            )
            row = next(rows, None)
        while row is not None:
            yield row
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                row = next(rows, None)
    except (InvalidFileException, *_UNREADABLE) as problem:
        raise PullRejected(  # what the problem says may be what a cell says
            "unreadable_file",
            f"{path.name}: damaged, or no workbook ({type(problem).__name__})\n"
            "  do           save it again as XLSX",
        ) from problem


def _sheet(
    file: str, book: Any, name: str | None
) -> Any:  # openpyxl's types do not know the read-only kind
    if name is not None and name not in book.sheetnames:
        raise PullRejected("unreadable_file", f"{file}: no sheet is called {name}")
    if name is not None:
        return book[name]
    shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    return (shown or book.worksheets)[0]


def _header(cells: tuple[object, ...]) -> tuple[str, ...]:
    """Return the column names; a column without one keeps its place, empty ends are cut."""
    names = ["" if cell is None else str(cell).strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    return tuple(names)


def _records(file: str, rows: Iterator[_Row], width: int, written: Written) -> Iterator[Record]:
    for line, cells in rows:
        fields = tuple(cell_text(cell, written) for cell in cells)
        while len(fields) > width and fields[-1] is None:
            fields = fields[:-1]
        fields += (None,) * (width - len(fields))
        if any(field is not None for field in fields):
            yield Record(line, joined(file, line, fields, written.max_line), fields)
