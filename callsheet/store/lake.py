"""The lake: published snapshots as views, whatever source each table came from."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import duckdb
import pyarrow.parquet as pq

from callsheet.canonical import DUCKDB_TYPE, TABLES
from callsheet.sealing.rows import HOME, PERSONAL, SEALED
from callsheet.snapshots.changed import CHANGED

QUARANTINE = "quarantine.parquet"

QUARANTINED = (
    ("table_name", "varchar"), ("line", "bigint"), ("code", "varchar"), ("entity", "varchar"),
    ("customer", "varchar"), ("owner_before", "varchar"), ("row_key", "varchar"),
    ("found", "varchar"), ("raw", "varchar"),
)  # fmt: skip
_WAITING = """
create or replace temp view quarantined_customers as
select customer, table_name, line, code, entity, row_key, found
from set_aside_rows
where customer <> ''
union all
select owner_before as customer, table_name, line, code, entity, row_key, found
from set_aside_rows
where owner_before <> ''
"""
_IS_ATTACHED = "select coalesce(getvariable('attached_folders') = $seen, false)"
SURVIVING_CUSTOMERS = """
create or replace temp view surviving_customers as
select
    merged_customers.old_customer,
    coalesce(again.customer, merged_customers.customer) as customer
from merged_customers
left join merged_customers as again on merged_customers.customer = again.old_customer
"""
VIEWS = frozenset(
    {*TABLES, "set_aside_rows", "quarantined_customers", "surviving_customers", "changed_accounts"}
)
_CHANGED_ACCOUNTS = (
    ("customer", "varchar"), ("entity", "varchar"),
    ("old_fingerprint", "ubigint"), ("new_fingerprint", "ubigint"),
)  # fmt: skip

Columns = Sequence[tuple[str, str]]  # name and DuckDB type


class InLake(Protocol):
    """Anything published that lies in a folder below the lake."""

    @property
    def folder(self) -> str:
        """Return the folder, relative to the lake."""


def attach(con: duckdb.DuckDBPyConnection, snapshots: Sequence[InLake], lake: Path) -> None:
    """Create temporary views in `con`: every canonical table, over all `snapshots` together.

    Also `surviving_customers` (old_customer, customer): who goes on for a merged customer;
    `quarantined_customers` (customer, table_name, line, code …): whose automatic messages
    wait, a row for each of both owners where an item changed hands; and `changed_accounts`
    (customer, entity, old_fingerprint, new_fingerprint): entity '' is a customer without an open
    item. A table no snapshot has is empty. What `con` sees already is not made again.

    Personal columns are null and lie in `sealed`: `sealing.rows.know` opens those of the customers
    who are needed. A snapshot from before there were keys still shows them.
    """
    folders = [lake / snapshot.folder for snapshot in snapshots]
    seen = "|".join(str(folder) for folder in folders)
    if con.execute(_IS_ATTACHED, {"seen": seen}).fetchall()[0][0]:
        return
    for name, table in TABLES.items():
        columns = tuple((c.name, DUCKDB_TYPE[c.type]) for c in table.columns)
        sealed = ((SEALED, "blob"),) if name in PERSONAL else ()
        _view(con, name, folders, f"{name}.parquet", (*columns, *sealed, ("mark", "varchar")))
    _view(con, "set_aside_rows", folders, QUARANTINE, QUARANTINED)
    con.execute(_WAITING)
    con.execute(SURVIVING_CUSTOMERS)
    _view(con, "changed_accounts", folders, CHANGED, _CHANGED_ACCOUNTS)
    con.execute(f"set variable attached_folders = {_quoted(seen)}")
    con.execute(f"set variable {HOME} = {_quoted(str(lake.parent))}")


def _view(
    con: duckdb.DuckDBPyConnection,
    name: str,
    folders: Sequence[Path],
    file: str,
    columns: Columns,
) -> None:
    """Create one temporary view over the files of that name."""
    con.execute(f"create or replace temp view {name} as {rows_of(folders, file, columns)}")


def rows_of(folders: Sequence[Path], file: str, columns: Columns) -> str:
    """Return the query of `columns` over the files called `file`, none of which need be there.

    Its text is made of our own names and quoted paths. Where personal columns may be sealed in
    some files and plain in others, what a file does not have is null.
    """
    paths = [folder / file for folder in folders if (folder / file).exists()]
    held = {name for name, _ in columns} if paths else set()
    either = ""
    if (SEALED, "blob") in columns:
        held = {name for path in paths for name in pq.read_schema(path).names}
        either = ", union_by_name = true"
    names = ", ".join(
        name if name in held else f"cast(null as {type_}) as {name}" for name, type_ in columns
    )
    if not paths:
        return f"select {names} where false"
    listed = ", ".join(_quoted(str(path)) for path in paths)
    return f"select {names} from read_parquet([{listed}]{either})"  # noqa: S608  # see above


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
