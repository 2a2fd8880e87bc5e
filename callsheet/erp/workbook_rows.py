"""Read a sheet of an XLSX workbook, row by row, as text in the declared notation."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from callsheet.erp.bounded import check_archive
from callsheet.erp.cell import cell_text
from callsheet.erp.mapping import Written
from callsheet.erp.record import Record, Sheet, checked_header
from callsheet.errors import PullRejected

_UNREADABLE = (InvalidFileException, BadZipFile, ParseError, KeyError, ValueError)


def read_workbook(path: Path, written: Written, wanted: tuple[str, ...]) -> Sheet:
    """Return the rows of the declared sheet, or of the first one."""
    check_archive(path, written.max_expanded_mb)
    try:
        book = load_workbook(path, read_only=True, data_only=True)
        sheet = book[written.sheet] if written.sheet else book.worksheets[0]
        rows = enumerate(sheet.iter_rows(values_only=True), start=1)
        for _ in range(written.skip_lines):
            next(rows, None)
        _, names = next(rows, (0, ()))
    except _UNREADABLE as problem:
        raise PullRejected("unreadable_file", f"{path.name}: {problem}") from problem
    header = _header(names)
    return Sheet(checked_header(path.name, header, wanted), _records(rows, len(header), written))


def _header(cells: tuple[object, ...]) -> tuple[str, ...]:
    """Return the column names; a column without one keeps its place, empty ends are cut."""
    names = ["" if cell is None else str(cell).strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    return tuple(names)


def _records(
    rows: Iterator[tuple[int, tuple[object, ...]]], width: int, written: Written
) -> Iterator[Record]:
    for line, cells in rows:
        fields = tuple(cell_text(cell, written) for cell in cells)
        while len(fields) > width and fields[-1] is None:
            fields = fields[:-1]
        fields += (None,) * (width - len(fields))
        if any(field is not None for field in fields):
            raw = "\t".join("" if field is None else field for field in fields)
            yield Record(line, raw, fields)
