"""What deciding costs: the full decision and the daily one, against a bare group-by.

`make bench-decide` plays 100k, 1M and 10M items. The states are folded once per size, a share of
the customers at a time, by the very questions that `collect` asks; then each part is measured in a
process of its own, so that its peak memory is its own, with DuckDB's default settings, several
times in turn.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

from callsheet.decision import engine
from callsheet.decision.questions import Questions, text_of
from callsheet.decision.shares import MOST_ITEMS, fold_by_shares
from callsheet.snapshots.changed import find_changed_accounts

sys.path.insert(0, str(Path(__file__).parent))
import unkind_receivables as unkind
from decide_report import Figures, write_report

# What is kept, and in which order it lies there.
KEPT = {
    "items": "account_no, leading_order",
    "accounts": "account_no",
    "failed_steps": "account_no",
    "proposals": "account_no",
}
GONE = ("all_events", "all_actions", "placed_items", "accounts_made")
REBUILD_MEMORY = "1GB"
SHARE = 20  # one account in so many is decided again: 5 %
NO_FINGERPRINTS = (
    "select 0::ubigint as account, '' as customer, '' as entity, 0::ubigint as fingerprint limit 0"
)
NEW = 1_000  # one account in so many was not there before


def bare(con: duckdb.DuckDBPyConnection) -> None:
    """Sum and least due date per account, by its number."""
    con.execute(
        "create temp table sums as select account_no, sum(open_amount) as open_amount,"
        " min(due_date) as due_date from kept_items group by account_no"
    )


def bare_by_text(con: duckdb.DuckDBPyConnection) -> None:
    """The same by customer and entity, as they are delivered."""
    con.execute(
        "create temp table sums as select customer, entity, sum(open_amount) as open_amount,"
        " min(due_date) as due_date from kept_items group by customer, entity"
    )


def bare_delivered(con: duckdb.DuckDBPyConnection) -> None:
    """The same over the items as they are delivered, which is what `changed` reads."""
    con.execute(
        "create temp table sums as select customer, entity, sum(open_amount) as open_amount,"
        " min(due_date) as due_date from delivered_items group by customer, entity"
    )


def full(con: duckdb.DuckDBPyConnection) -> None:
    """Decide every account from the kept states."""
    for name in KEPT:
        con.execute(f"create or replace temp view {name} as from kept_{name}")
    engine.decide_accounts(Questions(con))


def narrow(con: duckdb.DuckDBPyConnection) -> None:
    """Leave what looking at one account in twenty leaves; before the clock starts."""
    con.execute(
        "create or replace temp table looked_at_accounts as"
        " select account_no, customer from kept_accounts where account_no % $share = 0",
        {"share": SHARE},
    )
    for name in KEPT:
        con.execute(
            f"create or replace temp table {name} as from kept_{name}"
            " semi join looked_at_accounts using (account_no)"
        )


def incremental(con: duckdb.DuckDBPyConnection) -> None:
    """Decide the accounts that were looked at."""
    engine.decide_accounts(Questions(con))


def called(con: duckdb.DuckDBPyConnection) -> None:
    """Name the customers of one account in twenty; before the clock starts."""
    con.execute(
        "create temp table touched_customers as"
        " select distinct customer from kept_accounts where account_no % $share = 0",
        {"share": SHARE},
    )
    con.execute("create temp view step_state as from kept_folded_actions")


def looking(con: duckdb.DuckDBPyConnection) -> None:
    """Find the items and actions of one account in twenty, and say what they are to a decision."""
    questions = Questions(con)
    con.execute("create temp view given_customers as from all_customers")
    questions.table("decision/answering_customers")
    engine.look_at_some(questions)
    engine.look_at_accounts(questions)


def previous(con: duckdb.DuckDBPyConnection) -> None:
    """Name what lies in the files of this snapshot and of the one before; ahead of the clock."""
    con.execute("create temp view open_items as from delivered_items")
    con.execute("create temp view customer_fingerprints as from previous_fingerprints limit 0")


def changed(con: duckdb.DuckDBPyConnection) -> None:
    """Find the accounts that changed, by the fingerprints kept of the snapshot before."""
    find_changed_accounts(con)


Part = Callable[[duckdb.DuckDBPyConnection], None]
PARTS: dict[str, Part] = {
    part.__name__: part
    for part in (bare_delivered, bare, bare_by_text, full, incremental, looking, changed)
}
BEFORE: dict[str, Part] = {"incremental": narrow, "looking": called, "changed": previous}


def make(file: Path, items: int) -> None:
    """Make the rows: items, customers, exclusions, actions and their events."""
    file.unlink(missing_ok=True)
    with duckdb.connect(str(file)) as con:
        con.execute("set enable_progress_bar = false")
        unkind.make(con, items)


def rebuild(file: Path, items: int) -> Figures:
    """Fold everything from nothing, keep it account by account, and return what that took."""
    with duckdb.connect(str(file), config={"memory_limit": REBUILD_MEMORY}) as con:
        con.execute("set enable_progress_bar = false")
        unkind.load_terms(con)
        started, cpu = time.perf_counter(), _cpu()
        for share in fold_by_shares(Questions(con), 1 + items // MOST_ITEMS):
            for name, order in {**KEPT, "folded_actions": "account_no"}.items():
                if not share:
                    con.execute(f"create table kept_{name} as from {name} limit 0")
                con.execute(f"insert into kept_{name} from {name} order by {order}")
        figures = Figures(_cpu() - cpu, time.perf_counter() - started, _peak())
        publish(con, file)
        for name in GONE:
            con.execute(f"drop table {name}")
        return figures


def publish(con: duckdb.DuckDBPyConnection, file: Path) -> None:
    """Write the files that finding the changed accounts reads, as a snapshot holds them."""
    items, before = file.with_suffix(".items.parquet"), file.with_suffix(".before.parquet")
    con.execute(
        "copy (from all_items order by customer, entity, item)"
        f" to '{items}' (format parquet, parquet_version v2)"
    )
    con.execute(f"create view delivered_items as from '{items.resolve()}'")
    con.execute("create temp view open_items as from delivered_items")
    for name in ("customer_fingerprints", "previous_fingerprints"):
        con.execute(f"create temp table {name} as {NO_FINGERPRINTS}")
    find_changed_accounts(con)
    con.execute(
        "copy (select account, customer, entity,"  # noqa: S608  # numbers of our own
        f" xor(fingerprint, if(account % {SHARE} = 0, 1, 0)::ubigint) as fingerprint"
        f" from ({text_of('snapshot/account_fingerprints')}) where account % {NEW} > 0)"
        f" to '{before}' (format parquet)"
    )
    con.execute("drop table previous_fingerprints")
    con.execute(f"create view previous_fingerprints as from '{before.resolve()}'")


def measure(file: Path, part: str) -> Figures:
    """Run one part in this process and return what it took."""
    with duckdb.connect(str(file), read_only=True) as con:
        con.execute("set enable_progress_bar = false")
        unkind.load_terms(con)
        if part in BEFORE:
            BEFORE[part](con)
        started, cpu = time.perf_counter(), _cpu()
        PARTS[part](con)
        return Figures(cpu=_cpu() - cpu, wall=time.perf_counter() - started, peak=_peak())


def differences(file: Path) -> int:
    """Return how many rows the incremental decision has otherwise than the full one."""
    with duckdb.connect(str(file), read_only=True) as con:
        con.execute("set enable_progress_bar = false")
        unkind.load_terms(con)
        full(con)
        con.execute("create temp table decided_in_full as from outcomes")
        for name in KEPT:
            con.execute(f"drop view {name}")
        narrow(con)
        incremental(con)
        [(count,)] = con.execute(
            "with wanted as (from decided_in_full semi join looked_at_accounts using (account_no))"
            " select (select count(*) from (from wanted except from outcomes))"
            " + (select count(*) from (from outcomes except from wanted))"
        ).fetchall()
        return int(count)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _peak() -> float:
    """Return the peak of resident memory, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def _run(*arguments: str) -> str:
    command = [sys.executable, __file__, *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def _child(*arguments: str) -> Figures:
    return Figures(**json.loads(_run(*arguments)))


def bench(sizes: list[int], times: int, folder: Path, report: Path) -> None:
    """Measure every size and part, print the figures, and write the report."""
    folder.mkdir(parents=True, exist_ok=True)
    taken: dict[int, dict[str, list[Figures]]] = {}
    unequal: dict[int, int] = {}
    for items in sizes:
        file = folder / f"decide-{items}.duckdb"
        taken[items] = {name: [] for name in ("rebuild", *PARTS)}
        _run("--make", str(items), "--file", str(file))
        taken[items]["rebuild"].append(_child("--rebuild", str(items), "--file", str(file)))
        for _ in range(times):
            for part in PARTS:
                taken[items][part].append(_child("--measure", part, "--file", str(file)))
        unequal[items] = differences(file)
        for made in folder.glob(f"{file.stem}.*"):
            made.unlink()
        print(items, "items measured;", unequal[items], "rows differ", flush=True)
    write_report(report, taken, unequal)
    print(report.read_text())


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, nargs="+", default=[100_000, 1_000_000, 10_000_000])
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=Path("var/bench"))
    parser.add_argument("--report", type=Path, default=Path("var/bench/report.md"))
    parser.add_argument("--measure", choices=PARTS)
    parser.add_argument("--make", type=int)
    parser.add_argument("--rebuild", type=int)
    parser.add_argument("--file", type=Path)
    told = parser.parse_args()
    if told.measure:
        print(json.dumps(vars(measure(told.file, told.measure))))
    elif told.make:
        make(told.file, told.make)
    elif told.rebuild:
        print(json.dumps(vars(rebuild(told.file, told.rebuild))))
    else:
        bench(told.items, told.times, told.folder, told.report)


if __name__ == "__main__":
    main()
