"""The Arrow type of each column type of the warehouse: both engines move the same values."""

from functools import lru_cache
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import Table

MOMENT = pa.timestamp("us", tz="UTC")
WIDE_MONEY = pa.decimal128(38, 3)  # sums of DECIMAL(18,3)


@lru_cache
def arrow_schema(table: Table) -> pa.Schema:
    """Return the Arrow schema of a warehouse table, columns in their order."""
    return pa.schema([(column.name, arrow_type(column.type)) for column in table.columns])


def is_text(type_: sa.types.TypeEngine[Any]) -> bool:
    """Say whether a column of `type_` holds text (SQLModel wraps its own text type)."""
    return isinstance(_unwrapped(type_), sa.String)


def arrow_type(type_: sa.types.TypeEngine[Any]) -> pa.DataType:
    """Return the Arrow type that holds a column of `type_` exactly."""
    type_ = _unwrapped(type_)
    if isinstance(type_, sa.Numeric) and not isinstance(type_, sa.Float):
        return pa.decimal128(type_.precision or 38, type_.scale or 0)
    for column_type, arrow in _SIMPLE:
        if isinstance(type_, column_type):
            return arrow
    raise ValueError(f"no Arrow type for {type_!r}")


def _unwrapped(type_: sa.types.TypeEngine[Any]) -> sa.types.TypeEngine[Any]:
    return type_.impl_instance if isinstance(type_, sa.types.TypeDecorator) else type_


_SIMPLE: tuple[tuple[type, pa.DataType], ...] = (
    (sa.SmallInteger, pa.int16()),
    (sa.BigInteger, pa.int64()),
    (sa.Integer, pa.int32()),
    (sa.Float, pa.float64()),
    (sa.Boolean, pa.bool_()),
    (sa.DateTime, MOMENT),
    (sa.Date, pa.date32()),
    (sa.LargeBinary, pa.binary()),
    (sa.String, pa.string()),
)
