"""Send every delivered row to exactly one place, and write what may be published."""

import shutil
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import duckdb
import sqlalchemy as sa
from duckdb import ColumnExpression, ConstantExpression, StarExpression
from duckdb_sqlalchemy import ConnectionWrapper
from sqlalchemy.pool import StaticPool

from callsheet.canonical import TABLES, Table
from callsheet.erp.staged import Staged
from callsheet.errors import PullRejected
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
_ACCOUNT = ("customer", "entity")


def validate(
    staged: Staged, previous: SnapshotFiles | None, reasons: Sequence[Reason] = REASONS
) -> Validated:
    """Judge a staged delivery by every expectation; raise PullRejected if too much is wrong.

    A quarantined row whose key stands in `previous` keeps that last good version, marked `kept`.
    """
    folder = staged.folder.with_name(f"{staged.folder.name}.validated")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with closing(duckdb.connect(config={"temp_directory": str(folder / "spill")})) as con:
        lay_out_rules(con, staged, previous)
        lay_out(con, staged, previous)
        con.execute(_query("asked"))
        judge(_engine_over(con), con, reasons)
        con.execute(_query("placed"))
        _check_shares(con)
        con.sql(_query("quarantined")).write_parquet(str(folder / "quarantine.parquet"))
        counts = {name: _sort(con, staged, TABLES[name], folder) for name in staged.mapping.tables}
        by_code = dict(con.execute(_query("reason_counts")).fetchall())
    validated = Validated(staged, folder, previous, counts, by_code, folder / "report.html")
    write_report(validated)
    return validated


def _engine_over(con: duckdb.DuckDBPyConnection) -> sa.Engine:
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
    places = dict(
        con.execute(
            "select place, count(*) from placed where table_name = $table group by place",
            {"table": table.name},
        ).fetchall()
    )
    history = _HISTORY if staged.mapping.tables[table.name].open_when else ()
    rows = _loaded(con, table, history)
    kept = _kept(con, table, history)
    whole = rows.union(kept)
    order = [column for column in _ACCOUNT if column in {c.name for c in table.columns}]
    whole.order(", ".join([*order, *table.key])).write_parquet(
        str(folder / f"{table.name}.parquet")
    )
    counts = Counts(
        rows_in=staged.rows_in[table.name],
        loaded=places.get("loaded", 0),
        duplicates=places.get("duplicate", 0),
        quarantined=places.get("quarantined", 0),
        kept=len(kept),
    )
    counts.check(table.name)
    return counts


def _loaded(
    con: duckdb.DuckDBPyConnection, table: Table, history: Sequence[str]
) -> duckdb.DuckDBPyRelation:
    lines = con.sql(
        "select line from placed where table_name = $table and place = 'loaded'",
        params={"table": table.name},
    )
    columns = [ColumnExpression(c.name) for c in table.columns]
    mark = ConstantExpression(None).cast("varchar").alias("mark")
    rows = delivered(con, table).join(lines, "line", how="semi")
    return rows.select(*columns, mark, *[ColumnExpression(name) for name in history])


def _kept(
    con: duckdb.DuckDBPyConnection, table: Table, history: Sequence[str]
) -> duckdb.DuckDBPyRelation:
    """Return the last good versions of quarantined rows whose key was not loaded otherwise."""
    keys = con.sql(
        "select row_key from placed where table_name = $table group by row_key"
        " having bool_and(place <> 'loaded')",
        params={"table": table.name},
    )
    columns = [ColumnExpression(c.name) for c in table.columns]
    mark = ConstantExpression("kept").alias("mark")
    absent = [ConstantExpression(None).cast("date").alias(name) for name in history]
    old = con.view(f"previous_{table.name}").select(
        StarExpression(), row_key(table).alias("row_key")
    )
    return old.join(keys, "row_key", how="semi").select(*columns, mark, *absent)
