"""What PostgreSQL's COPY reads and writes, as Arrow tables."""

import io
from collections.abc import Iterator
from itertools import islice

import psycopg
import pyarrow as pa
import pyarrow.csv as pa_csv
from psycopg.abc import Buffer

from callsheet.store.arrow_types import MOMENT, WIDE_MONEY

_ROWS_AT_ONCE = 50_000
_BLOCK_BYTES = 4 * 1024 * 1024  # of 1 to 64 MB the quickest
# PostgreSQL's type numbers of what we store; anything else comes as text.
_ARROW_OF_TYPE: dict[int, pa.DataType] = {
    16: pa.bool_(), 20: pa.int64(), 21: pa.int16(), 23: pa.int32(), 701: pa.float64(),
    1082: pa.date32(), 1184: MOMENT, 17: pa.binary(),
}  # fmt: skip
_NUMERIC = 1700


def arrow_type(column: psycopg.Column) -> pa.DataType:
    """Return the Arrow type of a column that a query returns."""
    if column.type_code == _NUMERIC:
        known = column.precision is not None and column.scale is not None
        return pa.decimal128(column.precision, column.scale) if known else WIDE_MONEY
    return _ARROW_OF_TYPE.get(column.type_code, pa.string())


def tables_of_csv(rows: Iterator[Buffer], types: dict[str, pa.DataType]) -> Iterator[pa.Table]:
    """Read COPY's rows, so many at a time; the room for their text is made once."""
    yield pa.schema(list(types.items())).empty_table()
    text = io.BytesIO()
    while longest := max(map(text.write, islice(rows, _ROWS_AT_ONCE)), default=0):
        with text.getbuffer() as room, room[: text.tell()] as said:
            yield _table_of_csv(said, types, longest)
        text.seek(0)


def _table_of_csv(text: memoryview, types: dict[str, pa.DataType], longest: int) -> pa.Table:
    """Read a part of COPY's output: an empty cell is null, a quoted empty one is the empty text.

    No row has more than `longest` bytes; Arrow wants each to lie in two neighbouring blocks.
    """
    return pa_csv.read_csv(
        pa.BufferReader(text),
        pa_csv.ReadOptions(
            column_names=list(types), block_size=max(longest, _BLOCK_BYTES), use_threads=False
        ),
        pa_csv.ParseOptions(newlines_in_values=True),
        pa_csv.ConvertOptions(
            column_types=types,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["t"],
            false_values=["f"],
        ),
    )


def csv_of(rows: pa.Table) -> memoryview:
    """Return `rows` as COPY reads them."""
    text = io.BytesIO()
    pa_csv.write_csv(_plain(rows), text, pa_csv.WriteOptions(include_header=False))
    return text.getbuffer()


def _plain(rows: pa.Table) -> pa.Table:
    """Return `rows` with its texts as plain strings, which the CSV writer can write."""
    for no, field in enumerate(rows.schema):
        if pa.types.is_dictionary(field.type) or pa.types.is_string_view(field.type):
            rows = rows.set_column(no, field.name, rows.column(no).cast(pa.string()))
    return rows
