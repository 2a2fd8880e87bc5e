"""Read a Parquet file, row by row, as text in the declared notation."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from callsheet.erp.cell import cell_text
from callsheet.erp.mapping import Written
from callsheet.erp.record import Record, Sheet, checked_header
from callsheet.errors import PullRejected


def read_parquet(path: Path, written: Written, wanted: tuple[str, ...]) -> Sheet:
    """Return the rows of a Parquet file; a row's line is its number, from 1."""
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as problem:
        raise PullRejected("unreadable_file", f"{path.name}: {problem}") from problem
    header = checked_header(path.name, tuple(file.schema_arrow.names), wanted)
    return Sheet(header, _records(file, written))


def _records(file: pq.ParquetFile, written: Written) -> Iterator[Record]:
    line = 0
    for batch in file.iter_batches(batch_size=20_000):
        for cells in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            line += 1
            fields = tuple(cell_text(cell, written) for cell in cells)
            yield Record(line, "\t".join("" if f is None else f for f in fields), fields)
