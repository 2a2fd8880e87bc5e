"""Personal columns of the canonical tables: one sealed value a row, under its customer's key."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from pydantic_core import from_json

from callsheet.canonical import TABLES
from callsheet.keys import canonical_text
from callsheet.sealing.key_ring import KeyRing
from callsheet.sealing.seal import seal, unseal

SEALED = "sealed"
HOME = "sealed_in"  # the variable of a connection that says where the keys are
PERSONAL: dict[str, tuple[str, ...]] = {
    name: personal
    for name, table in TABLES.items()
    if (personal := tuple(column.name for column in table.columns if column.personal))
}


def seal_rows(ring: KeyRing, table: str, rows: pa.Table) -> pa.Table:
    """Return `rows` with the personal columns of `table` as one sealed value.

    A row that has a sealed value already keeps it. Who was erased has none: the row stays as a
    reference, without name and address, until the customer is admitted again.
    """
    customers = rows["customer"].to_pylist()
    secrets = ring.made(set(customers))
    before = rows[SEALED].to_pylist()
    plain = zip(*(rows[name].to_pylist() for name in PERSONAL[table]), strict=True)
    sealed = [
        kept or _sealed(secrets.get(customer), table, values)
        for customer, kept, values in zip(customers, before, plain, strict=True)
    ]
    clear = rows.drop_columns([*PERSONAL[table], SEALED])
    return clear.append_column(SEALED, pa.array(sealed, pa.binary()))


def open_rows(ring: KeyRing, table: str, rows: pa.Table) -> pa.Table:
    """Return `rows` with the personal columns in plain; of who was erased they are null."""
    customers, sealed = rows["customer"].to_pylist(), rows[SEALED].to_pylist()
    secrets = ring.known(set(customers))
    columns = PERSONAL[table]
    before = zip(*(rows[name].to_pylist() for name in columns), strict=True)
    opened = [
        _opened(secrets.get(customer), table, blob) if blob is not None else values
        for customer, blob, values in zip(customers, sealed, before, strict=True)
    ]
    for place, name in enumerate(columns):
        values = pa.array([row[place] for row in opened], pa.string())
        rows = rows.set_column(rows.column_names.index(name), name, values)
    return rows.drop_columns([SEALED])


def know(con: duckdb.DuckDBPyConnection, table: str, customers: Iterable[str]) -> None:
    """Show the rows that `customers` have in `table` as `known_<table>`, personal columns in plain.

    `con` sees the table as the lake shows it, or as a plain table without a sealed column. Only
    these customers' rows are opened: the price is by message, not by customer.
    """
    names = sorted(set(customers)) or [""]
    rows = con.execute(  # snapshots lie by customer: what is not between is not read
        f"select * from {table} where customer between $first and $last"  # noqa: S608  # names of our own
        " and customer in (select unnest($customers))",
        {"customers": names, "first": names[0], "last": names[-1]},
    ).to_arrow_table()
    if SEALED in rows.column_names:
        rows = open_rows(_ring_of(con), table, rows)
    con.register(f"known_{table}", rows)


def _ring_of(con: duckdb.DuckDBPyConnection) -> KeyRing:
    [(home,)] = con.execute(f"select getvariable('{HOME}')").fetchall()
    return KeyRing.of(Path(home))


def _sealed(secret: bytes | None, table: str, values: Sequence[Any]) -> bytes | None:
    if secret is None or not any(values):
        return None
    return seal(secret, canonical_text(values).encode(), table)


def _opened(secret: bytes | None, table: str, sealed: bytes) -> Sequence[Any]:
    if secret is None:
        return (None,) * len(PERSONAL[table])
    found: list[Any] = from_json(unseal(secret, sealed, table))
    return found
