"""The lake: published snapshots as views, whatever source each table came from."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import duckdb

from callsheet.canonical import DUCKDB_TYPE, TABLES
from callsheet.changed import CHANGED

QUARANTINE = "quarantine.parquet"

_QUARANTINED = (
    ("table_name", "varchar"), ("line", "bigint"), ("code", "varchar"), ("entity", "varchar"),
    ("customer", "varchar"), ("owner_before", "varchar"), ("row_key", "varchar"),
    ("found", "varchar"),
)  # fmt: skip
_CHANGED_ACCOUNTS = (
    ("customer", "varchar"), ("entity", "varchar"),
    ("old_fingerprint", "ubigint"), ("new_fingerprint", "ubigint"),
)  # fmt: skip


class InLake(Protocol):
    """Anything published that lies in a folder below the lake."""

    @property
    def folder(self) -> str:
        """Return the folder, relative to the lake."""


def attach(con: duckdb.DuckDBPyConnection, snapshots: Sequence[InLake], lake: Path) -> None:
    """Create temporary views in `con`: every canonical table, over all `snapshots` together.

    Also `quarantined_customers` (customer, table_name, line, code …): whose automatic messages
    wait, and `changed_accounts` (customer, entity, old_fingerprint, new_fingerprint): entity ''
    is a customer without an open item. A table no snapshot has is empty. What `con` sees already
    is not made again.
    """
    folders = [lake / snapshot.folder for snapshot in snapshots]
    seen = "|".join(str(folder) for folder in folders)
    if con.execute("select getvariable('attached_folders')").fetchall()[0][0] == seen:
        return
    for name, table in TABLES.items():
        columns = tuple((c.name, DUCKDB_TYPE[c.type]) for c in table.columns)
        _view(con, name, folders, f"{name}.parquet", (*columns, ("mark", "varchar")))
    _view(
        con, "quarantined_customers", folders, QUARANTINE, _QUARANTINED, condition="customer <> ''"
    )
    _view(con, "changed_accounts", folders, CHANGED, _CHANGED_ACCOUNTS)
    con.execute(f"set variable attached_folders = {_quoted(seen)}")


def _view(
    con: duckdb.DuckDBPyConnection,
    name: str,
    folders: Sequence[Path],
    file: str,
    columns: Sequence[tuple[str, str]],
    *,
    condition: str = "true",
) -> None:
    """Create one temporary view; its text is made of our own names and quoted paths."""
    paths = [_quoted(str(folder / file)) for folder in folders if (folder / file).exists()]
    if paths:
        names = ", ".join(column for column, _ in columns)
        rows = f"select {names} from read_parquet([{', '.join(paths)}])"  # noqa: S608  # see above
    else:
        empty = ", ".join(f"cast(null as {type_}) as {column}" for column, type_ in columns)
        rows, condition = f"select {empty}", "false"
    con.execute(f"create or replace temp view {name} as {rows} where {condition}")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
