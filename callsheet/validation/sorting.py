"""Send every delivered row to exactly one place, and write what may be published."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from itertools import chain
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa
from duckdb import (
    CoalesceOperator,
    ColumnExpression,
    ConstantExpression,
    Expression,
    StarExpression,
)
from duckdb_sqlalchemy import ConnectionWrapper
from sqlalchemy.pool import StaticPool

from callsheet.canonical import TABLES, Table
from callsheet.erp.staged import Staged
from callsheet.errors import PullRejected
from callsheet.in_memory import in_memory
from callsheet.sealing.key_ring import KeyRing
from callsheet.sealing.rows import PERSONAL, SEALED, seal_rows
from callsheet.sealing.set_aside import seal_set_aside
from callsheet.store.lake import QUARANTINE
from callsheet.validation.delivered import delivered, lay_out, row_key
from callsheet.validation.judge import judge
from callsheet.validation.reasons import REASONS, Reason
from callsheet.validation.report import write_report
from callsheet.validation.rules import lay_out_rules
from callsheet.validation.validated import Counts, SnapshotFiles, Validated

_SQL = Path(__file__).parents[1] / "sql" / "validation"
_HISTORY = ("issued_on", "settled_on")
# A reason that a few rows may have, but not a share of them: then the whole pull is wrong.
_SHARES = {"date_format": ("date_format", 1), "due_before_issue": ("suspect_columns", 5)}
_TOO_FEW_TO_JUDGE = 3
_MEMORY = "400MB"  # of the database alone; what takes more goes to disk
_ROWS_AT_ONCE = 50_000
_ACCOUNT = ("customer", "entity")
_FOLLOW_A_MERGER = frozenset(
    {"open_items", "payments", "disputes", "specific_actions", "holds", "insolvencies"}
)


def validate(
    staged: Staged, previous: SnapshotFiles | None, reasons: Sequence[Reason] = REASONS
) -> Validated:
    """Judge a staged delivery by every expectation; raise PullRejected if too much is wrong.

    A quarantined row whose key stands in `previous` keeps that last good version, marked `kept`.
    """
    folder = staged.folder.with_name(f"{staged.folder.name}.validated")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with laid_out(staged, previous) as con:
        set_aside(con, staged, folder, reasons)
        counts = {name: _sort(con, staged, table, folder) for name, table in TABLES.items()}
        by_code = dict(con.execute(_query("reason_counts")).fetchall())
    counts = {name: counts[name] for name in staged.mapping.tables}
    validated = Validated(staged, folder, previous, counts, by_code, folder / "report.html")
    write_report(validated)
    return validated


def set_aside(
    con: duckdb.DuckDBPyConnection,
    staged: Staged,
    folder: Path,
    reasons: Sequence[Reason] = REASONS,
) -> None:
    """Judge what is laid out in `con`, and write the rows that are set aside into `folder`."""
    judge(engine_over(con), con, reasons)
    con.execute(_query("placed"))
    _check_shares(con)
    seal = partial(seal_set_aside, KeyRing.of(staged.home), staged.delivery)
    aside = _sealed_blocks(con.sql(_query("quarantined")), seal)
    _write(chain(aside, _blocks(_still_aside(con, staged))), folder / QUARANTINE)


@contextmanager
def laid_out(staged: Staged, previous: SnapshotFiles | None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection in which everything that the questions read is laid out."""
    spill = {"temp_directory": str(staged.folder / "spill"), "memory_limit": _MEMORY}
    with closing(in_memory(**spill)) as con:
        con.execute("set parquet_metadata_cache = true")
        lay_out_rules(con, staged, previous)
        lay_out(con, staged, previous)
        con.execute(_query("asked"))
        yield con


def engine_over(con: duckdb.DuckDBPyConnection) -> sa.Engine:
    """Return an engine whose one connection is `con`."""
    return sa.create_engine(
        "duckdb://",
        creator=lambda: ConnectionWrapper(con),
        poolclass=StaticPool,
        isolation_level="AUTOCOMMIT",  # Great Expectations asks from several connections in turn
    )


def _query(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text()


def _check_shares(con: duckdb.DuckDBPyConnection) -> None:
    for table, code, faulty, rows in con.execute(_query("shares")).fetchall():
        rejection, percent = _SHARES.get(code, ("", 100))
        if rejection and faulty >= _TOO_FEW_TO_JUDGE and faulty * 100 > rows * percent:
            raise PullRejected(
                rejection,
                f"{table}: {faulty} of {rows} rows fail {code}, above {percent} %\n"
                "  do           check the mapping's columns and date format; nothing was loaded",
            )


def _sort(con: duckdb.DuckDBPyConnection, staged: Staged, table: Table, folder: Path) -> Counts:
    """Write `<table>.parquet` with the good rows and the kept ones; return where rows went."""
    mapping = staged.mapping.tables.get(table.name)
    history = _HISTORY if mapping and mapping.open_when else ()
    kept = _kept(con, table, history)
    whole = _loaded(con, table, history).union(kept)
    if mapping and staged.mapping.mode_of(table.name) == "delta":
        whole = whole.union(_carried(con, table, history))
        if table.name == "open_items":
            whole = whole.filter(ColumnExpression("open_amount") != ConstantExpression(0))
    names = {column.name for column in table.columns}
    order = [column for column in _ACCOUNT if column in names]
    whole = whole.order(", ".join([*order, *table.key]))
    path = folder / f"{table.name}.parquet"
    if _is_personal(table):
        ring = KeyRing.of(staged.home)
        _write(_sealed_blocks(whole, partial(seal_rows, ring, table.name)), path)
    else:
        _copy(whole, path)
    counts = _counts(con, staged, table, len(kept))
    counts.check(table.name)
    return counts


def _copy(rows: duckdb.DuckDBPyRelation, path: Path) -> None:
    """Write the rows as one file, in the encodings that make it a quarter smaller."""
    quoted = str(path).replace("'", "''")
    rows.query("rows", f"copy rows to '{quoted}' (format parquet, parquet_version v2)")


def _blocks(rows: duckdb.DuckDBPyRelation) -> Iterator[pa.Table]:
    """Yield a table without rows, then the rows block by block: a list has no end."""
    reader = rows.to_arrow_reader(_ROWS_AT_ONCE)
    yield reader.schema.empty_table()
    for block in reader:
        yield pa.Table.from_batches([block])


def _sealed_blocks(
    rows: duckdb.DuckDBPyRelation, seal: Callable[[pa.Table], pa.Table]
) -> Iterator[pa.Table]:
    return map(seal, _blocks(rows))


def _write(blocks: Iterator[pa.Table], path: Path) -> None:
    """Write the blocks as one file; the first says which columns there are."""
    first = next(blocks)
    with pq.ParquetWriter(path, first.schema) as writer:
        for block in chain([first], blocks):
            writer.write_table(block)


def _counts(con: duckdb.DuckDBPyConnection, staged: Staged, table: Table, kept: int) -> Counts:
    places = dict(
        con.execute(
            "select place, count(*) from placed where table_name = $table group by place",
            {"table": table.name},
        ).fetchall()
    )
    return Counts(
        rows_in=staged.rows_in.get(table.name, 0),
        loaded=len(_sound(con, table)),
        duplicates=places.get("duplicate", 0),
        quarantined=places.get("quarantined", 0),
        kept=kept,
    )


def _loaded(
    con: duckdb.DuckDBPyConnection, table: Table, history: Sequence[str]
) -> duckdb.DuckDBPyRelation:
    rows = _sound(con, table)
    mark = ConstantExpression(None).cast("varchar").alias("mark")
    past = [ColumnExpression(name) for name in history]
    plain = [ConstantExpression(None).cast("blob").alias(SEALED)] if _is_personal(table) else []
    return _merged(con, table, rows.select(*_columns(table), *plain, mark, *past))


def _sound(con: duckdb.DuckDBPyConnection, table: Table) -> duckdb.DuckDBPyRelation:
    """Return the delivered rows that are neither faulty nor a duplicate."""
    lines = con.sql(
        "select line from placed where table_name = $table and place <> 'loaded'",
        params={"table": table.name},
    )
    return delivered(con, table).join(lines, "line", how="anti")


def _merged(
    con: duckdb.DuckDBPyConnection, table: Table, rows: duckdb.DuckDBPyRelation
) -> duckdb.DuckDBPyRelation:
    """Give the rows of a merged customer to the customer it was merged into."""
    if table.name not in _FOLLOW_A_MERGER or not len(con.view("mergers")):
        return rows
    columns = [ColumnExpression(name) for name in rows.columns]
    columns[rows.columns.index("customer")] = CoalesceOperator(
        ColumnExpression("merged_into"), ColumnExpression("customer")
    ).alias("customer")
    mergers = con.view("mergers")
    return (
        rows.set_alias("rows")
        .join(mergers, ColumnExpression("customer") == ColumnExpression("old_customer"), how="left")
        .select(*columns)
    )


def _kept(
    con: duckdb.DuckDBPyConnection, table: Table, history: Sequence[str]
) -> duckdb.DuckDBPyRelation:
    """Return the last good versions of quarantined rows whose key was not loaded otherwise."""
    keys = con.sql(
        "select row_key from placed where table_name = $table group by row_key"
        " having bool_and(place <> 'loaded')",
        params={"table": table.name},
    )
    mark = ConstantExpression("kept").alias("mark")
    return (
        _previous(con, table)
        .join(keys, "row_key", how="semi")
        .select(*_columns(table), *_sealed(table), mark, *_absent(history))
    )


def _carried(
    con: duckdb.DuckDBPyConnection, table: Table, history: Sequence[str]
) -> duckdb.DuckDBPyRelation:
    """Return the rows that a delivery of changes does not mention: they stay as they are."""
    keys = con.sql(
        "select row_key from row_keys where table_name = $table", params={"table": table.name}
    )
    return (
        _previous(con, table)
        .join(keys, "row_key", how="anti")
        .select(*_columns(table), *_sealed(table), ColumnExpression("mark"), *_absent(history))
    )


def _still_aside(con: duckdb.DuckDBPyConnection, staged: Staged) -> duckdb.DuckDBPyRelation:
    """Return the rows set aside before that a delivery of changes does not mention, sealed."""
    mapping = staged.mapping
    changes = [name for name in mapping.tables if mapping.mode_of(name) == "delta"]
    return con.sql(_query("still_aside"), params={"changes": changes})


def _previous(con: duckdb.DuckDBPyConnection, table: Table) -> duckdb.DuckDBPyRelation:
    old = con.view(f"previous_{table.name}")
    return old.select(StarExpression(), row_key(table).alias("row_key"))


def _columns(table: Table) -> list[Expression]:
    return [ColumnExpression(column.name) for column in table.columns]


def _sealed(table: Table) -> list[Expression]:
    """Return the sealed column of a published row: it is taken over as it is."""
    return [ColumnExpression(SEALED)] if _is_personal(table) else []


def _is_personal(table: Table) -> bool:
    return table.name in PERSONAL


def _absent(history: Sequence[str]) -> list[Expression]:
    return [ConstantExpression(None).cast("date").alias(name) for name in history]
