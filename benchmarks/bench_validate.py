"""What judging a delivery costs: every expectation, the quarantine filled, at any size.

`make bench-validate` makes 1,000,000 and 10,000,000 items and a tenth as many customers, one row in
a hundred faulty, on top of a good snapshot of the day before. Each part is measured in a process of
its own, several times in turn; importing Great Expectations is counted apart.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median

import duckdb
import yaml

from callsheet import clock
from callsheet.erp.mapping_file import load_mapping
from callsheet.erp.notation import typed, wanted_columns
from callsheet.erp.staged import Staged
from callsheet.erp.staging import typing_connection
from callsheet.validation.reasons import REASONS
from callsheet.validation.validated import SnapshotFiles

AS_OF = date(2026, 11, 16)
TARGET, TARGET_CHECKS, TARGET_GB = 3.0, 12, 1.0
MEASURED_ONCE = 10_000_000  # rows from which on one round has to do
COLUMNS = {
    "customers": ("customer", "name", "language", "country", "risk_class"),
    "open_items": (
        "entity", "number", "customer", "kind", "issue_date", "due_date", "currency", "amount",
        "open_amount", "order_reference",
    ),
}  # fmt: skip
MADE = {
    "customers": """
        select
            'C' || lpad(i::varchar, 8, '0') as customer,
            if(i % 3 = 0, 'Société ', 'Company ') || i as name,
            ['fr', 'en', 'de'][i % 3 + 1] as language,
            ['FR', 'GB', 'DE'][i % 3 + 1] as country,
            if(i % 7 = 0, 'high', 'low') as risk_class
        from range($rows // 10) made(i)
    """,
    # One item in a hundred is wrong, in one of ten ways: `way` says which; null for a good one.
    "open_items": """
        with numbered as (
            select
                i, if($faulty and i % 100 = 7, (i // 100) % 10, null) as way,
                'C' || lpad((i // 10)::varchar, 8, '0') as owner,
                i % 20 = 9 as is_credit,
                if(i % 20 = 9, '-', '') || (hash(i) % 900000 + 100) || '.'
                || lpad((i % 100)::varchar, 2, '0') as written
            from range($rows) made(i)
        )
        select
            'E' || i % 3 as entity,
            case way when 0 then null when 1 then '1.23E+15' else 'F-' || i end as number,
            case way when 2 then 'nobody' else owner end as customer,
            case when way = 3 then 'facture' when is_credit then 'credit_note' else 'invoice' end
                as kind,
            (date '2026-01-01' + (i % 250)::integer)::varchar as issue_date,
            case way when 4 then '2026-02-30' when 5 then '2099-12-31'
                else (date '2026-01-31' + (i % 250)::integer)::varchar end as due_date,
            case way when 6 then 'EURO' else ['EUR', 'GBP', 'USD'][i % 3 + 1] end as currency,
            case way when 7 then 'TBC' when 8 then written || '5' else written end as amount,
            case way when 9 then '999999999.99' else written end as open_amount,
            'order ' || i || if(i % 5 = 0, ' – à livrer', '') as order_reference
        from numbered
    """,
}


@dataclass(frozen=True)
class Cost:
    """What one run took: CPU and wall seconds, peak of resident memory in GB."""

    cpu: float
    wall: float
    peak: float


class Clock:
    """A stretch of work, measured."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), _cpu()

    def stop(self) -> Cost:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
        return Cost(_cpu() - self._cpu, time.perf_counter() - self._wall, peak)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def staged_in(folder: Path, *, faulty: bool) -> Staged:
    """Return the delivery that lies in `folder`, as a pull would have left it."""
    mapping = folder / "mapping.yaml"
    if not mapping.exists():
        tables = {
            name: {"file": f"{name}.csv", "columns": {column: column for column in columns}}
            for name, columns in COLUMNS.items()
        }
        mapping.write_text(yaml.safe_dump({"entities": ["E0", "E1", "E2"], "tables": tables}))
    day = "today" if faulty else "before"
    place = folder / "home" / "staging" / day
    rows = {
        name: _rows_of(place / f"{name}.parquet")
        for name in COLUMNS
        if (place / f"{name}.parquet").exists()
    }
    return Staged(
        source=day, as_of=AS_OF, folder=place, delivery=day,
        extracted_at=datetime(2026, 11, 16, 5, tzinfo=UTC), mapping=load_mapping(mapping),
        rows_in=rows, file_names={name: (f"{name}.csv",) for name in COLUMNS}, not_read={},
    )  # fmt: skip


def _rows_of(path: Path) -> int:
    found = duckdb.sql(f"select count(*) from '{path}'").fetchall()  # noqa: S608  # a path of ours
    return int(found[0][0])


def text_of(folder: Path, name: str) -> Path:
    return folder / f"{name}.text.parquet"


def make(folder: Path, rows: int) -> None:
    """Write both days as text, the way a reader gives it; then read and judge the day before."""
    for faulty in (False, True):
        staged = staged_in(folder, faulty=faulty)
        staged.folder.mkdir(parents=True, exist_ok=True)
        with duckdb.connect() as con:
            for name, columns in COLUMNS.items():
                told = {"rows": rows} | ({"faulty": faulty} if name == "open_items" else {})
                con.execute(f"create or replace table made as {MADE[name]}", told)
                wanted = wanted_columns(name, staged.mapping.tables[name])
                names = ", ".join(f'"{column}" as s{no}' for no, column in enumerate(wanted))
                raw = ", ".join(f'"{column}"' for column in columns)
                con.sql(
                    f"select rowid + 2 as line, concat_ws(';', {raw}) as raw,"  # noqa: S608  # names of our own
                    f" {len(columns)}::integer as fields, {len(columns)}::integer as width,"
                    f" {names} from made"
                ).write_parquet(str(text_of(staged.folder, name)))
        type_rows(folder, faulty=faulty)
    judge_whole(folder, faulty=False)


def type_rows(folder: Path, *, faulty: bool = True) -> Cost:
    """Give every value its type, as a pull does."""
    staged = staged_in(folder, faulty=faulty)
    with typing_connection() as con:
        began = Clock()
        for name in COLUMNS:
            rows = con.read_parquet(str(text_of(staged.folder, name)))
            target = staged.folder / f"{name}.parquet"
            typed(rows, name, staged.mapping.tables[name]).write_parquet(str(target))
        return began.stop()


def _before(folder: Path) -> SnapshotFiles:
    return SnapshotFiles("before", AS_OF, folder / "home" / "staging" / "before.validated")


def judge_only(folder: Path) -> Cost:
    """Ask Great Expectations every question, and note each fault."""
    import_only(folder)
    from callsheet.validation.judge import judge
    from callsheet.validation.sorting import engine_over, laid_out

    staged = staged_in(folder, faulty=True)
    began = Clock()
    with laid_out(staged, _before(folder)) as con:
        judge(engine_over(con), con, REASONS)
        cost = began.stop()
        [(faults,)] = con.execute("select count(*) from faults").fetchall()
    if not faults:
        raise SystemExit("nothing was set aside")
    return cost


def set_aside_only(folder: Path) -> Cost:
    """The same, then fill the quarantine: which rows, why, as they lay, whose messages wait."""
    import_only(folder)
    from callsheet.validation.sorting import laid_out, set_aside

    staged = staged_in(folder, faulty=True)
    target = folder / "set-aside"
    target.mkdir(exist_ok=True)
    began = Clock()
    with laid_out(staged, _before(folder)) as con:
        set_aside(con, staged, target)
        cost = began.stop()
    if not _rows_of(target / "quarantine.parquet"):
        raise SystemExit("nothing was set aside")
    return cost


def judge_whole(folder: Path, *, faulty: bool = True) -> Cost:
    """The same, then seal the names of customers, and write what may be published."""
    import_only(folder)
    from callsheet.validation.sorting import validate

    staged = staged_in(folder, faulty=faulty)
    began = Clock()
    validated = validate(staged, _before(folder) if faulty else None)
    cost = began.stop()
    if faulty != bool(validated.quarantined):
        raise SystemExit(f"{validated.quarantined} rows were set aside")
    return cost


def import_only(_folder: Path) -> Cost:
    """Import Great Expectations."""
    began = Clock()
    import great_expectations
    from great_expectations.expectations import UnexpectedRowsExpectation

    import callsheet.validation.duckdb_source

    if not (great_expectations, UnexpectedRowsExpectation, callsheet.validation.duckdb_source):
        raise SystemExit("nothing was imported")
    return began.stop()


PARTS: dict[str, Callable[[Path], Cost]] = {
    "import": import_only, "typing": type_rows, "judge": judge_only,
    "set_aside": set_aside_only, "validate": judge_whole,
}  # fmt: skip
TITLES = {
    "import": "importing Great Expectations",
    "typing": "typing: from text to canonical columns, as the pull does",
    "judge": f"all {len(REASONS)} expectations, each fault noted",
    "set_aside": "the same, and the quarantine filled",
    "validate": "the whole validation: the same, names sealed, tables sorted and written",
}


def _child(*words: str) -> str:
    command = [sys.executable, __file__, *words]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def bench(sizes: list[int], rounds: int, folder: Path) -> str:
    """Measure every size and part, and return the page's tables."""
    lines: list[str] = []
    for rows in sizes:
        place = folder / f"validate-{rows}"
        place.mkdir(parents=True, exist_ok=True)
        _child("--make", str(rows), "--place", str(place))
        taken: dict[str, list[Cost]] = {part: [] for part in PARTS}
        for _ in range(rounds if rows < MEASURED_ONCE else 1):
            for part, costs in taken.items():
                costs.append(Cost(**json.loads(_child("--measure", part, "--place", str(place)))))
        lines += table_of(rows, taken)
        print("\n".join(lines[-len(PARTS) - 4 :]), flush=True)
        subprocess.run(["rm", "-r", str(place)], check=True)
    return "\n".join(lines)


def table_of(rows: int, taken: dict[str, list[Cost]]) -> list[str]:
    """Return one size as a table."""
    millions = rows * 1.1 / 1e6
    lines = [
        "", f"## {rows:,} items and {rows // 10:,} customers", "",
        f"| part | CPU s | wall s | peak GB | CPU s per million rows x {TARGET_CHECKS} checks |",
        "|---|---|---|---|---|",
    ]  # fmt: skip
    for part, costs in taken.items():
        cpu = [one.cpu for one in costs]
        share = ""
        if part in {"judge", "set_aside", "validate"}:
            share = f"{median(cpu) / millions * TARGET_CHECKS / len(REASONS):.2f}"
        lines.append(
            f"| {TITLES[part]} | {median(cpu):.2f} ({min(cpu):.2f}–{max(cpu):.2f})"
            f" | {median(one.wall for one in costs):.1f} | {max(one.peak for one in costs):.2f}"
            f" | {share} |"
        )
    return lines


REPORT = """\
# What judging a delivery costs

Measured on {day} with `{command}`:
{cores} cores, load {load:.1f} at the start, Python {python}, DuckDB {duckdb}. Median of {rounds}
rounds (one from 10,000,000 rows on), least and most in brackets, each in a process of its own.
Wanted: {target:.0f} CPU s per million rows x {checks} checks with the quarantine filled, beside the
import, under {most:.0f} GB.
One row in a hundred is faulty, in ten ways; there is a snapshot of the day before.
{table}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", type=int, default=[1_000_000, 10_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path("var/bench"))
    parser.add_argument("--report", type=Path)
    parser.add_argument("--make", type=int)
    parser.add_argument("--measure", choices=PARTS)
    parser.add_argument("--place", type=Path)
    told = parser.parse_args()
    if told.make:
        make(told.place, told.make)
    elif told.measure:
        print(json.dumps(vars(PARTS[told.measure](told.place))))
    else:
        load, table = os.getloadavg()[0], bench(told.rows, told.rounds, told.folder)
        if told.report:
            text = REPORT.format(
                day=f"{clock.now():%d %B %Y}", command="make bench-validate", cores=os.cpu_count(),
                load=load, python=platform.python_version(), duckdb=duckdb.__version__,
                rounds=told.rounds, target=TARGET, checks=TARGET_CHECKS, most=TARGET_GB,
                table=table,
            )  # fmt: skip
            told.report.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
