"""Lay a staged delivery out for the questions of validation: one view per kind of value.

The views are built from the canonical tables, so that a question covers every table at once.
"""

from collections.abc import Iterable

import duckdb
from duckdb import (
    CoalesceOperator,
    ColumnExpression,
    ConstantExpression,
    Expression,
    FunctionExpression,
    StarExpression,
)

from callsheet.canonical import DUCKDB_TYPE, TABLES, Column, ColumnType, Table
from callsheet.erp.mapping import IdRule, TableMapping
from callsheet.erp.staged import Staged
from callsheet.sealing.rows import PERSONAL, SEALED
from callsheet.store.lake import QUARANTINE, QUARANTINED, rows_of
from callsheet.validation.limits import amount_limits, day_limits, id_limits
from callsheet.validation.validated import SnapshotFiles

_BESIDE: dict[ColumnType, tuple[str, ...]] = {
    "day": ("_text",),
    "flag": ("_text",),
    "money": ("_text", "_plain", "_currency"),
}
_HISTORY = ("issued_on", "settled_on")
_IDS = {
    "item": "item", "customer": "customer", "entity": "entity", "number": "number",
    "applies_to": "item", "leader": "item", "old_customer": "customer", "head_account": "customer",
    "contact": "contact", "dispute": "dispute", "colleague": "colleague",
}  # fmt: skip
_PHONES = ("phone", "mobile", "fax")
_EMAILS = ("email", "sender_email", "reply_to")


def lay_out(con: duckdb.DuckDBPyConnection, staged: Staged, previous: SnapshotFiles | None) -> None:
    """Create `delivered_<table>`, `previous_<table>` and the views that the questions read."""
    for name, table in TABLES.items():
        path = staged.folder / f"{name}.parquet"
        rows = con.read_parquet(str(path)) if path.exists() else _no_rows(con, table, staged=True)
        rows.create_view(f"delivered_{name}")
        before = previous.folder / f"{name}.parquet" if previous else None
        kept = before is not None and before.exists()
        old = con.read_parquet(str(before)) if kept else _no_rows(con, table, staged=False)
        _whole(old, table).create_view(f"previous_{name}")
    _clearings(con, previous).create_view("previous_clearings")
    _set_aside(con, previous).create_view("previous_quarantine")
    for name, parts in _views(con, staged).items():
        _union(parts).create_view(name)


def _clearings(
    con: duckdb.DuckDBPyConnection, previous: SnapshotFiles | None
) -> duckdb.DuckDBPyRelation:
    """Return every item (item, cleared_on) that earlier snapshots saw cleared."""
    files = [str(path) for path in previous.clearings] if previous else []
    if files:
        return con.read_parquet(files)
    return con.sql("select '' as item, cast(null as date) as cleared_on where false")


def _set_aside(
    con: duckdb.DuckDBPyConnection, previous: SnapshotFiles | None
) -> duckdb.DuckDBPyRelation:
    """Return the rows that stand aside in the snapshot before."""
    return con.sql(rows_of([previous.folder] if previous else [], QUARANTINE, QUARANTINED))


def row_key(table: Table) -> Expression:
    """Return the key of a row as one text, '' where a part of it is absent."""
    parts = [_or_empty(ColumnExpression(column).cast("varchar")) for column in table.key]
    if len(parts) == 1:
        return parts[0]
    return FunctionExpression("concat_ws", ConstantExpression("|"), *parts)


def content(table: Table) -> Expression:
    """Return one number for everything a row says: equal rows have equal numbers."""
    return FunctionExpression("hash", *[ColumnExpression(c.name) for c in table.columns])


def delivered(con: duckdb.DuckDBPyConnection, table: Table) -> duckdb.DuckDBPyRelation:
    """Return the delivered rows of one table."""
    return con.view(f"delivered_{table.name}")


def _whole(rows: duckdb.DuckDBPyRelation, table: Table) -> duckdb.DuckDBPyRelation:
    """Return published rows with their personal columns both ways: in plain, and sealed."""
    if table.name not in PERSONAL:
        return rows
    absent = [(name, "varchar") for name in PERSONAL[table.name] if name not in rows.columns]
    absent += [(SEALED, "blob")] if SEALED not in rows.columns else []
    nothing = [ConstantExpression(None).cast(type_).alias(name) for name, type_ in absent]
    return rows.select(StarExpression(), *nothing)


def _no_rows(
    con: duckdb.DuckDBPyConnection, table: Table, *, staged: bool
) -> duckdb.DuckDBPyRelation:
    """Return a relation without rows that has the columns of a staged or published table."""
    columns = [(c.name, DUCKDB_TYPE[c.type]) for c in table.columns]
    if staged:
        beside = [
            (c.name + end, "varchar") for c in table.columns for end in _BESIDE.get(c.type, ())
        ]
        places = [
            ("line", "bigint"),
            ("raw", "varchar"),
            ("fields", "integer"),
            ("width", "integer"),
            ("is_plain", "boolean"),
        ]
        history = [(name, "date") for name in _HISTORY]
        columns += beside + places + history + [(f"{name}_text", "varchar") for name in _HISTORY]
    else:
        columns.append(("mark", "varchar"))
    empty = [ConstantExpression(None).cast(type_).alias(name) for name, type_ in columns]
    return con.sql("select 1 as nothing where false").select(*empty)


def _views(
    con: duckdb.DuckDBPyConnection, staged: Staged
) -> dict[str, list[duckdb.DuckDBPyRelation]]:
    """Return the parts of every view: one per table with rows, or one without any."""
    views: dict[str, list[duckdb.DuckDBPyRelation]] = {}

    def add(view: str, table: Table, *columns: Expression, about: Column | None = None) -> None:
        if view in views and not staged.rows_in.get(table.name):
            return
        place = [ConstantExpression(table.name).alias("table_name"), ColumnExpression("line")]
        if about is not None:
            place.append(ConstantExpression(about.name).alias("column_name"))
        views.setdefault(view, []).append(delivered(con, table).select(*place, *columns))

    for table in sorted(TABLES.values(), key=lambda one: not staged.rows_in.get(one.name)):
        names = {column.name for column in table.columns}
        add("delivered_rows", table, *_whole_row(table, names))
        add("row_keys", table, row_key(table).alias("row_key"), content(table).alias("content"))
        for column in table.columns:
            for view, columns in _about(staged, table, column):
                add(view, table, *columns, about=column)
        for name in _HISTORY if _mapping(staged, table).open_when else ():
            add("days", table, *_day(name, staged, table), about=Column(name))
    return views


def _about(
    staged: Staged, table: Table, column: Column
) -> Iterable[tuple[str, tuple[Expression, ...]]]:
    """Yield each view that asks about a column, with the columns it gets beside its place."""
    name, value = column.name, ColumnExpression(column.name)
    names = {other.name for other in table.columns}
    if column.required:
        written = value if column.type == "text" else ColumnExpression(f"{name}_text")
        yield "required_values", (written.alias("written"),)
    if name in _IDS:
        rule = staged.mapping.ids.get(_IDS[name], IdRule())
        yield "id_values", (value.alias("written"), *id_limits(value, rule))
    if column.type == "money":
        limits = amount_limits(_mapping(staged, table).amount_range)
        whose = (_or_null("currency", names), _or_null("customer", names))
        yield "amounts", (*_amount(name), *whose, *limits)
    if column.type == "day":
        yield "days", _day(name, staged, table)
    if column.type == "flag":
        yield "flags", (ColumnExpression(f"{name}_text").alias("written"), value.alias("flag"))
    if name in _EMAILS:
        yield "email_values", (value.alias("email"),)
    if name in _PHONES:
        yield "phone_values", (value.alias("phone"),)
    if name == "currency":
        yield "currency_values", (value,)
    if name == "customer" and table.name != "customers":
        yield "customer_references", (value,)
    if name == "entity" and table.name != "entities":
        yield "entity_references", (value,)
    if name in {"item", "leader"} and table.name not in {"open_items", "payments"}:
        yield "item_references", (value.alias("item"),)


def _whole_row(table: Table, names: set[str]) -> list[Expression]:
    texts = [
        ColumnExpression(c.name if c.type == "text" else f"{c.name}_text") for c in table.columns
    ]
    return [
        row_key(table).alias("row_key"),
        _or_null("customer", names),
        _or_null("entity", names),
        _or_null("item", names),
        FunctionExpression("concat", *texts).alias("words"),
        *[ColumnExpression(name) for name in ("raw", "fields", "width", "is_plain")],
    ]


def _amount(name: str) -> tuple[Expression, ...]:
    return (
        ColumnExpression(f"{name}_text").alias("written"),
        ColumnExpression(f"{name}_plain").alias("plain"),
        ColumnExpression(name).alias("amount"),
        ColumnExpression(f"{name}_currency").alias("beside"),
    )


def _day(name: str, staged: Staged, table: Table) -> tuple[Expression, ...]:
    written, day = ColumnExpression(f"{name}_text"), ColumnExpression(name)
    limits = day_limits(staged.as_of, _mapping(staged, table).date_range)
    return (written.alias("written"), day.alias("day"), *limits)


def _mapping(staged: Staged, table: Table) -> TableMapping:
    return staged.mapping.tables.get(table.name, TableMapping(rows=()))


def _or_null(name: str, names: set[str]) -> Expression:
    absent = ConstantExpression(None).cast("varchar").alias(name)
    return ColumnExpression(name) if name in names else absent


def _or_empty(expression: Expression) -> Expression:
    return CoalesceOperator(expression, ConstantExpression(""))


def _union(parts: list[duckdb.DuckDBPyRelation]) -> duckdb.DuckDBPyRelation:
    """Return all parts as one, by halves: whatever grows is looked through anew as a whole."""
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    return _union(parts[:half]).union(_union(parts[half:]))
