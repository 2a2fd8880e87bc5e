"""Read a Parquet file, row by row, as text in the declared notation."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from callsheet.erp.cell import cell_text
from callsheet.erp.mapping import Written
from callsheet.erp.record import Record, Sheet, checked_header, joined
from callsheet.errors import PullRejected

_UNREADABLE = (pa.ArrowException, OSError, ValueError)


def read_parquet(path: Path, written: Written, wanted: tuple[str, ...]) -> Sheet:
    """Return the rows of a Parquet file; a row's line is its number, from 1."""
    try:
        file = pq.ParquetFile(path)
    except _UNREADABLE as problem:
        raise _unreadable(path, problem) from problem
    header = checked_header(path.name, tuple(file.schema_arrow.names), wanted)
    nested = [
        field.name
        for field in file.schema_arrow
        if field.name in wanted and pa.types.is_nested(field.type)
    ]
    if nested:
        raise PullRejected(
            "schema_mismatch",
            f"{path.name}: column {', '.join(nested)} holds lists or structures\n"
            "  do           export one plain value per row and column",
        )
    return Sheet(header, _records(path, file, written))


def _records(path: Path, file: pq.ParquetFile, written: Written) -> Iterator[Record]:
    line = 0
    try:
        for batch in file.iter_batches(batch_size=20_000):
            for cells in zip(*map(_plain, batch.columns), strict=True):
                line += 1
                fields = tuple(cell_text(cell, written) for cell in cells)
                yield Record(line, joined(path.name, line, fields, written.max_line), fields)
    except _UNREADABLE as problem:
        raise _unreadable(path, problem) from problem


def _plain(column: pa.Array) -> list[object]:
    """Return the values as Python knows them: moments to the microsecond, bytes as text."""
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    elif pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        column = column.cast(pa.string())
    elif pa.types.is_floating(column.type):  # NaN is how data frames write nothing
        column = pc.if_else(pc.is_nan(column), None, column)
    found: list[object] = column.to_pylist()
    return found


def _unreadable(path: Path, problem: Exception) -> PullRejected:
    said = str(problem).partition("\n")[0][:200]
    return PullRejected("unreadable_file", f"{path.name}: {said}")
