"""Rows as temporary tables of a DuckDB connection."""

from collections.abc import Sequence
from typing import Any

import duckdb
import pyarrow as pa

_TYPES = {
    "text": pa.string(),
    "texts": pa.list_(pa.string()),
    "int": pa.int32(),
    "long": pa.int64(),
    "flag": pa.bool_(),
    "day": pa.date32(),
    "money": pa.decimal128(18, 3),
}


def schema_of(columns: str) -> pa.Schema:
    """Return the schema that words like `item due_date:day` describe; text if no type is named."""
    pairs = (word.partition(":") for word in columns.split())
    return pa.schema([(name, _TYPES[type_ or "text"]) for name, _, type_ in pairs])


def make_table(
    con: duckdb.DuckDBPyConnection, name: str, schema: pa.Schema, rows: Sequence[Sequence[Any]]
) -> None:
    """Make a temporary table called `name` of `rows`."""
    columns: Sequence[Sequence[Any]] = (
        list(zip(*rows, strict=True)) if rows else [() for _ in schema.names]
    )
    arrays = [pa.array(c, type=f.type) for c, f in zip(columns, schema, strict=True)]
    con.register("rows_of_table", pa.Table.from_arrays(arrays, schema=schema))
    con.execute(f"create or replace temp table {name} as select * from rows_of_table")  # noqa: S608  # a name of our own
    con.unregister("rows_of_table")
