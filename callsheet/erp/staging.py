"""Write what the readers give into the staging folder: as text first, then typed."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from callsheet.erp.mapping import TableMapping
from callsheet.erp.notation import define_notation, typed, wanted_columns
from callsheet.erp.record import Record, Sheet
from callsheet.erp.staged import LINES_PER_FILE
from callsheet.in_memory import in_memory
from callsheet.keys import canonical_text

_BATCH = 20_000
_PROVENANCE = [
    ("line", pa.int64()),
    ("raw", pa.string()),
    ("fields", pa.int32()),
    ("width", pa.int32()),
]


def typing_connection() -> duckdb.DuckDBPyConnection:
    """Return a connection that reads written values, whatever order the rows come out in.

    `line` says where a row stood; rows kept in order wait for each other in memory.
    """
    con = in_memory(preserve_insertion_order="false")
    define_notation(con)
    return con


def stage(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    name: str,
    table: TableMapping,
    sheets: Iterable[Sheet],
) -> int:
    """Stage the rows of table `name` as `<folder>/<name>.parquet`; return how many belong to it."""
    wanted = wanted_columns(name, table)
    as_text = folder / f"{name}.text.parquet"
    schema = pa.schema([*_PROVENANCE, *((f"s{no}", pa.string()) for no in range(len(wanted)))])
    with pq.ParquetWriter(as_text, schema) as writer:
        for no, sheet in enumerate(sheets):
            for batch in _batches(sheet, wanted, no * LINES_PER_FILE, schema):
                writer.write_batch(batch)
    rows = typed(con.read_parquet(str(as_text)), name, table)
    rows.write_parquet(str(folder / f"{name}.parquet"))
    as_text.unlink()
    return int(pq.read_metadata(folder / f"{name}.parquet").num_rows)


def written_rows(name: str, table: TableMapping) -> Sheet:
    """Return the rows that stand in the mapping itself."""
    wanted = wanted_columns(name, table)
    records = (
        Record(line, canonical_text(row), tuple(_word(row.get(column)) for column in wanted))
        for line, row in enumerate(table.rows or (), start=1)
    )
    return Sheet(wanted, records)


def _word(value: str | bool | None) -> str | None:
    return str(value).lower() if isinstance(value, bool) else value


def _batches(
    sheet: Sheet, wanted: tuple[str, ...], first_line: int, schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    places = [sheet.header.index(column) for column in wanted]
    width = len(sheet.header)
    records = iter(sheet.records)
    while block := list(islice(records, _BATCH)):
        rows = [_padded(record, width) for record in block]
        columns: list[Sequence[object]] = [
            [first_line + record.line for record in block],
            [record.raw.rstrip("\r\n") for record in block],
            [len(record.fields) for record in block],
            [width] * len(block),
            *[[row[place] for row in rows] for place in places],
        ]
        arrays = [pa.array(c, type=f.type) for c, f in zip(columns, schema, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _padded(record: Record, width: int) -> tuple[str | None, ...]:
    return record.fields + (None,) * (width - len(record.fields))
