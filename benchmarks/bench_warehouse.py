"""What bulk in and out of the warehouse costs beside the bare COPY, in one run.

`make bench-warehouse` plays it on a PostgreSQL server of its own, with two tables: `event` (wide
texts, a key and a unique pair) and `item_state` (numbers, amounts, days). Bare is psycopg's COPY of
bytes that lie ready, and reading COPY's bytes without looking at them. Ours begins and ends with an
Arrow table. CPU is that of this process and of the server's process for it, together.
"""

import argparse
import gc
import io
import mmap
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import psycopg
import pyarrow as pa
import pyarrow.csv as pa_csv
from bench_ledger import a_server
from pydantic import SecretStr

from callsheet import clock
from callsheet.settings import Settings
from callsheet.store.arrow_types import arrow_schema
from callsheet.store.transaction import known_table
from callsheet.store.warehouse import Warehouse

TICKS = os.sysconf("SC_CLK_TCK")
TARGET = 1.5
HEAD = (
    "| table | rows | way | bare COPY, s | ours, s | times | bare COPY, CPU s | ours, CPU s"
    " | times |\n|---|---|---|---|---|---|---|---|---|"
)
MADE = {
    "event": """
        select
            i as ledger_seq, md5(cast(i // 4 as varchar)) as subject, i % 4 + 1 as no,
            'action' as kind, ['planned', 'confirmed', 'sending', 'accepted'][i % 4 + 1] as state,
            '' as reason, date '2026-03-02' + cast(i % 60 as integer) as on_day,
            timestamptz '2026-03-02 06:30:00Z' + to_milliseconds(i) as happened_at,
            'dispatch' as author, concat('C', i // 16, '|FR') as unit,
            concat('C', i // 16) as customer, 'FR' as entity, i % 256 as shard,
            concat('{"wire":"', sha256(cast(i as varchar)), '","said":"dû, 50 %",',
            repeat('x', 300)) as body, sha256(cast(i as varchar)) as leaf_hash
        from range($rows) made(i)
    """,
    "item_state": """
        select
            concat('F-', i) as item, 0 as world, cast(hash(i // 10) >> 1 as bigint) as account_no,
            cast(hash(i) >> 1 as bigint) as run_key, i as leading_order,
            concat('C', i // 10) as customer, 'FR' as entity, 'FR' as calendar, 'invoice' as kind,
            ['EUR', 'GBP', 'JPY'][i % 3 + 1] as currency,
            date '2026-01-01' + cast(i % 90 as integer) as issue_date,
            case when i % 20 > 0 then date '2026-02-01' + cast(i % 90 as integer) end as due_date,
            cast(i % 1000003 as decimal(18, 3)) / 8 as open_amount,
            cast(i % 1000003 as decimal(18, 3)) / 8 as collectable, true as is_candidate,
            i % 3 > 0 as may_claim, i % 5 > 0 as may_lead, i % 7 = 0 as is_credit,
            '' as stopped_by, 0 as restarts, case when i % 4 = 0 then i % 40 end as progress,
            null as last_on, date '2026-01-02' as first_seen_on, date '2026-03-02' as last_seen_on
        from range($rows) made(i)
    """,
}


@dataclass(frozen=True)
class Cost:
    """What one way of moving rows cost."""

    wall: float
    cpu: float


def made_rows(table: str, rows: int) -> pa.Table:
    """Return rows like those of a real table: quotes, commas, letters with accents, absences."""
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        found = con.execute(MADE[table], {"rows": rows}).to_arrow_table()
    schema = arrow_schema(known_table(table))
    return found.select(schema.names).cast(schema, safe=False)  # eighths are cut to three digits


def cpu_of(pid: int) -> float:
    """Return the CPU seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


@contextmanager
def measured(backend: int, costs: list[Cost]) -> Iterator[None]:
    gc.collect()
    wall, ours, server = time.perf_counter(), time.process_time(), cpu_of(backend)
    yield
    cpu = time.process_time() - ours + cpu_of(backend) - server
    costs.append(Cost(time.perf_counter() - wall, cpu))


def touch(size: int) -> None:
    """Touch memory and give it back: what a host has to hand out anew is slow, and not ours."""
    with mmap.mmap(-1, size) as room:
        for place in range(0, size, mmap.PAGESIZE):
            room[place] = 1


class Bench:
    """One table and size, moved back and forth, bare and ours in turn."""

    def __init__(self, warehouse: Warehouse, table: str, rows: int) -> None:
        self.warehouse, self.table = warehouse, table
        self.rows = made_rows(table, rows)
        self.names = ", ".join(f'"{name}"' for name in self.rows.column_names)
        text = io.BytesIO()
        pa_csv.write_csv(self.rows, text, pa_csv.WriteOptions(include_header=False))
        self.text = text.getbuffer()
        self.costs: dict[str, list[Cost]] = {}

    def play(self, rounds: int) -> None:
        ways: tuple[tuple[str, Callable[[psycopg.Connection], None]], ...] = (
            ("bare in", self.bare_in), ("ours in", self.ours_in),
            ("bare out", self.bare_out), ("ours out", self.ours_out),
            ("bare out", self.bare_out), ("ours out, into DuckDB", self.ours_into_duckdb),
        )  # fmt: skip
        with self.warehouse.held():
            for _ in range(rounds):
                for way, work in ways:
                    work(way)

    def empty(self) -> None:
        with self.warehouse.transaction() as tx:
            tx.execute(f"truncate {self.table}")

    @contextmanager
    def opened(self, way: str) -> Iterator[tuple[object, psycopg.Connection]]:
        """Yield a transaction and its connection; what is inside is measured, commit included."""
        with self.warehouse.transaction() as tx:
            [(backend,)] = tx.fetch("select pg_backend_pid()")
        touch(3 * len(self.text))
        with measured(backend, self.costs.setdefault(way, [])), self.warehouse.transaction() as tx:
            yield tx, tx._connection

    def bare_in(self, way: str) -> None:
        self.empty()
        copy_in = f"copy {self.table} ({self.names}) from stdin (format csv)"
        with self.opened(way) as (_, con), con.cursor().copy(copy_in) as copy:
            copy.write(self.text)

    def ours_in(self, way: str) -> None:
        self.empty()
        with self.opened(way) as (tx, _):
            tx.append(self.table, self.rows)

    def bare_out(self, way: str) -> None:
        copy_out = f"copy (select {self.names} from {self.table}) to stdout (format csv)"  # noqa: S608  # names of our own
        with self.opened(way) as (_, con), con.cursor().copy(copy_out) as copy:
            for _ in copy:
                pass

    def ours_out(self, way: str) -> None:
        with self.opened(way) as (tx, _):
            found = tx.arrow(f"select {self.names} from {self.table}")  # noqa: S608  # names of our own
        if found.num_rows != self.rows.num_rows:
            raise SystemExit(f"{self.table}: {found.num_rows} rows came out")

    def ours_into_duckdb(self, way: str) -> None:
        with self.opened(way) as (tx, _):
            tx.duckdb([self.table])

    def check(self) -> None:
        """What went in by our way comes out equal, value for value."""
        with self.warehouse.reading() as tx:
            order = known_table(self.table).primary_key.columns.keys()[0]
            found = tx.arrow(f"select {self.names} from {self.table}").sort_by(order)  # noqa: S608  # names of our own
        if not found.cast(self.rows.schema).equals(self.rows.sort_by(order)):
            raise SystemExit(f"{self.table}: what came out is not what went in")

    def lines(self) -> list[str]:
        pairs = (("in", "bare in", "ours in"), ("out", "bare out", "ours out"),
                 ("out, into DuckDB", "bare out", "ours out, into DuckDB"))  # fmt: skip
        return [self._line(*pair) for pair in pairs]

    def _line(self, way: str, bare: str, ours: str) -> str:
        cells: list[str] = []
        for of in ("wall", "cpu"):
            base = [getattr(one, of) for one in self.costs[bare]]
            mine = [getattr(one, of) for one in self.costs[ours]]
            times = statistics.median(mine) / statistics.median(base)
            cells += [spread(base), spread(mine), f"{times:.2f} ×"]
        return f"| {self.table} | {self.rows.num_rows:,} | {way} | {' | '.join(cells)} |"


def spread(seconds: list[float]) -> str:
    return f"{statistics.median(seconds):.2f} ({min(seconds):.2f}–{max(seconds):.2f})"


REPORT = """\
# What bulk in and out of PostgreSQL costs

Measured on {day} with `{command}`:
{cores} cores, load {load:.1f} at the start, Python {python}, PostgreSQL on the same machine with
its default, durable settings. Median of {rounds} rounds, least and most in brackets; bare and ours
took turns. Wanted: at most {target} times the bare COPY.

{table}

Bare is psycopg's COPY of bytes that lie ready, and reading COPY's bytes without looking at them.
Ours begins and ends with an Arrow table, or with a table of DuckDB; the commit is counted. CPU is
that of our process and of the server's process for it, together. Both tables keep their keys.
Before each of them as much memory is touched and given back: a virtual machine's host may take
free memory away between two rounds, and hands it out again slowly.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", type=int, default=[100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--report", type=Path, help="write the report there")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    lines = [HEAD]
    print(HEAD)
    with a_server() as url, tempfile.TemporaryDirectory() as home:
        if not url:
            raise SystemExit("no PostgreSQL here: sh tests/servers.sh")
        warehouse = Warehouse.of(Settings(home=Path(home), warehouse=SecretStr(url)))
        for rows in options.rows:
            for table in MADE:
                bench = Bench(warehouse, table, rows)
                bench.play(options.rounds)
                bench.check()
                lines += bench.lines()
                print(*bench.lines(), sep="\n", flush=True)
    if options.report:
        text = REPORT.format(
            day=f"{clock.now():%d %B %Y}", command="make bench-warehouse", cores=os.cpu_count(),
            load=load, python=platform.python_version(), rounds=options.rounds, target=TARGET,
            table="\n".join(lines),
        )  # fmt: skip
        options.report.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
