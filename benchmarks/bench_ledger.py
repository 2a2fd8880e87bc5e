"""What the ledger's proof costs: 100,000 events recorded with their hashes, 1,000,000 verified.

`make bench-ledger` plays it on DuckDB and, where Debian's PostgreSQL is installed, on a server of
its own. Verification runs in a process of its own, so that its peak memory is its own. CPU seconds
are Callsheet's; a server's own are not among them.
"""

import argparse
import json
import os
import platform
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import psycopg
from pydantic import SecretStr

from callsheet import clock
from callsheet.history import NewEvent, record
from callsheet.proof.anchors import Occasion, anchor, folder_of
from callsheet.proof.ledger import last_group, seal
from callsheet.proof.verification import verify
from callsheet.settings import Settings
from callsheet.store.warehouse import Warehouse

WRITTEN, SMALL_GROUPS, GROUP = 100_000, 300, 8
FIRST = datetime(2026, 3, 2, 6, 30, tzinfo=UTC)
STATES = ("planned", "confirmed", "sending", "accepted")
HEAD = (
    "| engine | what | events | wall s | CPU s | events per CPU s | peak memory MB |\n"
    "|---|---|---|---|---|---|---|"
)


def events(first: int, count: int) -> list[NewEvent]:
    """Return events as a dispatch makes them: four to an action, with a few details."""
    return [
        NewEvent(
            subject=f"{number // 4:08x}-0000-5000-8000-{number // 4:012x}",
            no=number % 4 + 1,
            kind="action",
            state=STATES[number % 4],
            before=STATES[number % 4 - 1] if number % 4 else None,
            on_day=date(2026, 3, 2),
            happened_at=FIRST + timedelta(milliseconds=number),
            author="dispatch",
            unit=f"C{number // 16:07}|FR",
            customer=f"C{number // 16:07}",
            entity="FR",
            detail={
                "attempt": 1,
                "provider": "smtp",
                "message_id": f"<{number // 4:08x}.1@callsheet.invalid>",
                "wire": f"{number:064x}",
            },
        )
        for number in range(first, first + count)
    ]


@contextmanager
def measured(engine: str, what: str, count: int, rows: list[str]) -> Iterator[None]:
    """Add what the time inside was, as a row of the report."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    cells = (engine, what, f"{count:,}", f"{wall:.2f}", f"{cpu:.2f}", f"{count / cpu:,.0f}", memory)
    rows.append(f"| {' | '.join(map(str, cells))} |")
    print(rows[-1], flush=True)


def write(settings: Settings, verified: int, rows: list[str]) -> None:
    """Record one large group and many small ones, then fill up to `verified` events."""
    warehouse = Warehouse.of(settings)
    engine = name_of(warehouse)
    made, done = events(0, WRITTEN), WRITTEN
    with measured(engine, "recorded in one group", WRITTEN, rows), warehouse.transaction() as tx:
        record(tx, made)
    leaves = [f"{number:064x}" for number in range(WRITTEN)]
    with warehouse.reading() as tx:
        before = last_group(tx)
    with (
        suppressed_transaction(warehouse) as tx,
        measured(engine, "of which the seal (root and chain)", WRITTEN, rows),
    ):
        seal(tx, before, leaves)
    groups = [events(done + no * GROUP, GROUP) for no in range(SMALL_GROUPS)]
    count = SMALL_GROUPS * GROUP
    with warehouse.held(), measured(engine, f"recorded in groups of {GROUP}", count, rows):
        for group in groups:
            with warehouse.transaction() as tx:
                record(tx, group)
    done += count
    while done < verified:
        count = min(WRITTEN, verified - done)
        with warehouse.transaction() as tx:
            record(tx, events(done, count))
        done += count
    anchor(warehouse, settings, clock.now(), Occasion.BATCH_END)


class _NotKept(Exception):
    """Rolls a transaction back."""


@contextmanager
def suppressed_transaction(warehouse: Warehouse) -> Iterator[object]:
    """Yield a transaction of which nothing is kept."""
    try:
        with warehouse.transaction() as tx:
            yield tx
            raise _NotKept
    except _NotKept:
        pass


def check(settings: Settings, verified: int, rows: list[str]) -> None:
    """Verify the whole ledger; it must be whole."""
    warehouse = Warehouse.of(settings)
    with measured(name_of(warehouse), "verified, with its anchor", verified, rows):
        verdict = verify(warehouse, folder_of(settings))
    if not verdict.is_proved or verdict.events != verified:
        raise SystemExit(f"the ledger of the benchmark is not whole: {verdict}")


def name_of(warehouse: Warehouse) -> str:
    return {"duckdb": "DuckDB", "postgresql": "PostgreSQL"}[warehouse.kind]


@contextmanager
def a_server() -> Iterator[str]:
    """Yield the address of a PostgreSQL server with its usual, durable settings; '' if none."""
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not binaries:
        yield ""
        return
    folder = Path(tempfile.mkdtemp(prefix="callsheet-bench-"))
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    data, where = folder / "data", binaries[-1].parent
    subprocess.run(
        [where / "initdb", "-D", data, "-U", "callsheet", "-A", "trust", "--encoding", "UTF8",
         "--locale", "C.UTF-8"],
        user=user, cwd="/", check=True, capture_output=True,
    )  # fmt: skip
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [where / "postgres", "-D", data, "-p", str(port), "-k", data,
         "-c", "listen_addresses=127.0.0.1"],
        user=user, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        url = f"postgresql://callsheet@127.0.0.1:{port}/postgres"
        wait_for(url)
        yield url.replace("postgresql:", "postgresql+psycopg:")
    finally:
        server.terminate()
        server.wait(timeout=60)
        shutil.rmtree(folder, ignore_errors=True)


def wait_for(url: str) -> None:
    for _ in range(300):
        try:
            psycopg.connect(url).close()
            return
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise SystemExit("PostgreSQL did not start in 30 seconds")


def measure(home: Path, url: str, verified: int) -> list[str]:
    """Run both parts on one engine, each in a process of its own."""
    rows: list[str] = []
    for part in ("write", "check"):
        asked = {"part": part, "home": str(home), "url": url, "verified": verified}
        done = subprocess.run(
            [sys.executable, __file__, "--part", json.dumps(asked)],
            check=True, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        rows += done.stdout.splitlines()
        print(done.stdout, end="", flush=True)
    return rows


REPORT = """\
# What the ledger's proof costs

Measured on {day} with `{command}`:
{cores} cores, {memory} GB of memory, Python {python}, DuckDB {duckdb}, PostgreSQL on the
same machine with its default, durable settings. The machine had other work to do meanwhile, so CPU
seconds are the figures to trust, and even they are high. They are Callsheet's own; a server's come
on top.

{table}

An event's body has about 430 characters. Recording makes the bodies and their hashes, checks the
arrows, inserts from Arrow or by COPY, and writes root and chain in the same transaction.
Verification believes no stored hash: it hashes every body, compares it with its columns, counts
every subject's numbers, and rebuilds roots and chain, 50,000 events at a time. Each part ran in a
process of its own, whose peak memory is given: what is read at a time does not grow with the
ledger, what the engine takes to count the numbers of every subject does, and spills to disk.
"""


def report(rows: list[str], command: str) -> str:
    return REPORT.format(
        day=f"{clock.now():%d %B %Y}",
        command=command,
        cores=os.cpu_count(),
        memory=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**30,
        python=platform.python_version(),
        duckdb=duckdb.__version__,
        table="\n".join([HEAD, *rows]),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000, help="how many to verify")
    parser.add_argument("--report", type=Path, help="write the report there")
    parser.add_argument("--part", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        asked = json.loads(options.part)
        settings = Settings(home=Path(asked["home"]), warehouse=SecretStr(asked["url"]))
        {"write": write, "check": check}[asked["part"]](settings, asked["verified"], [])
        return
    print(HEAD)
    with tempfile.TemporaryDirectory() as home:
        rows = measure(Path(home), "", options.events)
    with a_server() as url, tempfile.TemporaryDirectory() as home:
        rows += measure(Path(home), url, options.events) if url else []
    if options.report:
        command = f"python benchmarks/bench_ledger.py --events {options.events}"
        options.report.write_text(report(rows, command), encoding="utf-8")


if __name__ == "__main__":
    main()
