"""A whole morning: pull from PostgreSQL tables shaped like Tryton's, judge, publish, decide.

`make bench-morning` plays two mornings on 1,000,000 items: the first, on which everything is new,
and the next, on which one account in twenty changed. Each stage runs in a process of its own, so
that its peak memory is its own. CPU is that of our process; the server of the ERP works beside it.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import duckdb
import psycopg
import yaml
from bench_ledger import a_server
from bench_validate import Clock, Cost

from callsheet import clock, day
from callsheet.configuration import configuration_of
from callsheet.decision import decide
from callsheet.erp.mapping_file import load_mapping
from callsheet.erp.staged import Staged, staging_of
from callsheet.settings import Settings, Source, ValveSettings
from callsheet.snapshots import snapshot
from callsheet.snapshots.kept import KeptSnapshots
from callsheet.store.warehouse import Warehouse
from callsheet.validation.validated import Validated
from callsheet.valves.trip import Valve

ROOT = Path(__file__).parents[1]
FIRST = date(2026, 11, 16)
MORNINGS = (FIRST, FIRST + timedelta(days=1))
COMPANY = {
    "entity": "1", "name": "Acme SA", "currency": "EUR", "time_zone": "Europe/Paris",
    "calendar": "FR", "language": "fr",
}  # fmt: skip
TRYTON = """
create table currency_currency (id int primary key, code text);
insert into currency_currency values (1, 'EUR'), (2, 'USD');
create table company_company (id int primary key, currency int);
insert into company_company values (1, 1);
create table account_account_type (id int primary key, receivable boolean);
insert into account_account_type values (1, true), (2, false);
create table account_account (id int primary key, type int);
insert into account_account values (1, 1), (2, 2);
create table ir_lang (id int primary key, code text);
insert into ir_lang values (1, 'fr'), (2, 'en');
create table country_country (id int primary key, code text);
insert into country_country values (1, 'FR'), (2, 'GB');
create table party_party as
    select i as id, 'C' || lpad(i::text, 7, '0') as code, 'Société ' || i as name
    from generate_series(1, %(parties)s) made(i);
create table party_party_lang as
    select id, id as party, 1 as company, 1 + id %% 2 as lang from party_party;
create table party_address as
    select id, id as party, true as active, true as invoice, 1 as sequence, 1 + id %% 2 as country,
        id || ' rue du Port' as street_unstructured, '44000' as postal_code, 'Nantes' as city
    from party_party;
create table party_contact_mechanism as
    select id, id as party, true as active, true as invoice, 1 as sequence, 'email' as type,
        'compta' || id || '@client.example' as value
    from party_party;
create table account_move_reconciliation (id int primary key, date date);
create table account_move as
    select i as id, 1 as company, 'M-' || i as number, date '2026-01-01' + i %% 250 as date,
        'posted' as state, timestamp '2026-10-01' as write_date
    from generate_series(1, %(items)s) made(i);
create table account_invoice as
    select i as id, i as move, 'out' as type, 'F-' || i as number,
        date '2026-01-01' + i %% 250 as invoice_date, 'order ' || i as reference
    from generate_series(1, %(items)s) made(i) where i %% 20 <> 9;
create table account_move_line as
    select i as id, i as move, 1 as account, 1 + (i - 1) / 10 as party,
        case when i %% 20 <> 9 then (100 + i %% 9000)::numeric(16, 2) else 0 end as debit,
        case when i %% 20 = 9 then (100 + i %% 90)::numeric(16, 2) else 0 end as credit,
        case when i %% 20 <> 9 then date '2026-01-31' + i %% 250 end as maturity_date,
        null::int as second_currency, null::numeric as amount_second_currency,
        null::int as reconciliation, timestamp '2026-10-01' as create_date,
        timestamp '2026-10-01' as write_date, i %% 500 = 0 as payment_blocked
    from generate_series(1, %(items)s) made(i);
"""
KEYS = "".join(
    f"alter table {name} add primary key (id);"
    for name in (
        "party_party",
        "account_move",
        "account_invoice",
        "account_move_line",
        "party_address",
        "party_party_lang",
        "party_contact_mechanism",
    )
)
INDEXES = """
create index on account_invoice (move); create index on party_address (party);
create index on party_party_lang (party); create index on account_move_line (party);
"""
PAID = "update account_move_line set debit = debit + 1 where debit > 0 and id % 200 = 1"
HEAD = (
    "| stage | first morning: CPU s | wall s | peak GB | next morning: CPU s | wall s | peak GB |"
    "\n|---|---|---|---|---|---|---|"
)


def make(url: str, items: int) -> None:
    """Make the ERP's tables."""
    with psycopg.connect(url, autocommit=True) as con:
        made = TRYTON % {"items": items, "parties": items // 10}
        con.execute((made + KEYS + INDEXES).encode())
        con.execute("vacuum analyze")


def settings_of(place: Path, url: str) -> Settings:
    """Return the settings of a company whose ERP answers at `url`."""
    mapping = place / "tryton.yaml"
    tables = {"entities": {"rows": [COMPANY]}}
    erp = {"kind": "tryton_sql", "url": url.replace("postgresql://", "postgresql+psycopg://")}
    mapping.write_text(yaml.safe_dump({"erp": erp, "entities": ["1"], "tables": tables}))
    return Settings(
        environment="bench", home=place / "home", sources=(Source(name="erp", mapping=mapping),),
        scenarios=ROOT / "scenarios", templates=ROOT / "templates",
        valves=ValveSettings(off=tuple(Valve)),
    )  # fmt: skip


def moment(as_of: date) -> datetime:
    return datetime.combine(as_of, time(6, tzinfo=UTC))


def pull(settings: Settings, as_of: date) -> Cost:
    """Read the ERP, and give every value its type."""
    [source] = settings.sources
    began = Clock()
    staged = day.pull_receivables(source, settings, as_of, moment(as_of))
    cost = began.stop()
    told = {"delivery": staged.delivery, "rows_in": dict(staged.rows_in)}
    (settings.home / "pulled.json").write_text(json.dumps(told))
    return cost


def _staged(settings: Settings, as_of: date) -> Staged:
    [source] = settings.sources
    told = json.loads((settings.home / "pulled.json").read_text())
    return Staged(
        source="erp", as_of=as_of, folder=staging_of(settings.home, "erp"),
        extracted_at=moment(as_of), mapping=load_mapping(source.mapping), file_names={},
        not_read={}, **told,
    )  # fmt: skip


def validate(settings: Settings, as_of: date) -> Cost:
    """Ask every expectation, fill the quarantine, seal names."""
    from bench_validate import import_only

    import_only(settings.home)
    began = Clock()
    validated = day.validate(_staged(settings, as_of), settings, as_of)
    cost = began.stop()
    counts = {name: vars(one) for name, one in validated.counts.items()}
    (settings.home / "judged.json").write_text(
        json.dumps({"counts": counts, "by_code": validated.by_code})
    )
    return cost


def publish(settings: Settings, as_of: date) -> Cost:
    """Write the snapshot, and find the accounts that changed."""
    from callsheet.validation.validated import Counts

    told = json.loads((settings.home / "judged.json").read_text())
    staged = _staged(settings, as_of)
    folder = staged.folder.with_name("erp.validated")
    warehouse = Warehouse.of(settings)
    with warehouse.reading() as tx:
        before = snapshot.last_before(tx, "erp", as_of)
    validated = Validated(
        staged, folder, snapshot.files_of(before, KeptSnapshots.of(settings)),
        {name: Counts(**one) for name, one in told["counts"].items()}, told["by_code"],
        folder / "report.html",
    )  # fmt: skip
    began = Clock()
    day.publish(validated, settings, as_of, moment(as_of))
    return began.stop()


def decide_all(settings: Settings, as_of: date) -> Cost:
    """Decide whom the day concerns, and keep the states."""
    began = Clock()
    with Warehouse.of(settings).transaction() as tx:
        refs = snapshot.latest(tx, ["erp"], as_of)
        configuration = configuration_of(tx, settings, as_of, refs)
        decide(tx, as_of, configuration, refs, settings.home / "lake")
    return began.stop()


STAGES: dict[str, Callable[[Settings, date], Cost]] = {
    "pull": pull, "validate": validate, "publish": publish, "decide": decide_all,
}  # fmt: skip


def bench(place: Path, url: str) -> list[str]:
    """Play both mornings, and return the table of their stages."""
    taken: dict[date, dict[str, Cost]] = {}
    for as_of in MORNINGS:
        if as_of > FIRST:
            with psycopg.connect(url, autocommit=True) as con:
                con.execute(PAID)
        taken[as_of] = {}
        for stage in STAGES:
            words = ["--stage", stage, "--day", as_of.isoformat(), "--url", url]
            command = [sys.executable, __file__, *words, "--place", str(place)]
            told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
            taken[as_of][stage] = Cost(**json.loads(told))
            print(as_of, stage, told.strip(), flush=True)
    lines = [
        f"| {stage} | " + " | ".join(_cells(taken[as_of][stage]) for as_of in MORNINGS) + " |"
        for stage in STAGES
    ]
    whole = " | ".join(_cells(_sum(taken[as_of])) for as_of in MORNINGS)
    return [HEAD, *lines, f"| **the whole morning** | {whole} |"]


def _cells(cost: Cost) -> str:
    return f"{cost.cpu:.1f} | {cost.wall:.1f} | {cost.peak:.2f}"


def _sum(stages: dict[str, Cost]) -> Cost:
    costs = stages.values()
    return Cost(sum(c.cpu for c in costs), sum(c.wall for c in costs), max(c.peak for c in costs))


REPORT = """\
# What a whole morning costs

Measured on {day} with `{command}`: {cores} cores, load {load:.1f} at the start, Python {python},
DuckDB {duckdb}. One run; each stage in a process of its own. {items:,} open items of {parties:,}
parties in PostgreSQL tables shaped like Tryton's, with an address and an e-mail each. On the next
morning one account in twenty has another balance. `decide` ends with the states kept; writing the
messages of a day is in [benchmarks-dispatch.md](benchmarks-dispatch.md).

{table}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=Path("var/bench"))
    parser.add_argument("--report", type=Path)
    parser.add_argument("--stage", choices=STAGES)
    parser.add_argument("--day", type=date.fromisoformat)
    parser.add_argument("--url")
    parser.add_argument("--place", type=Path)
    told = parser.parse_args()
    if told.stage:
        cost = STAGES[told.stage](settings_of(told.place, told.url), told.day)
        print(json.dumps(vars(cost)))
        return
    place, load = told.folder.resolve() / f"morning-{told.items}", os.getloadavg()[0]
    shutil.rmtree(place, ignore_errors=True)
    (place / "home").mkdir(parents=True)
    with a_server() as found:
        if not found:
            raise SystemExit("no PostgreSQL here: sh tests/servers.sh")
        url = found.replace("+psycopg", "")
        make(url, told.items)
        table = "\n".join(bench(place, url))
    print(table)
    shutil.rmtree(place)
    if told.report:
        text = REPORT.format(
            day=f"{clock.now():%d %B %Y}", command="make bench-morning", cores=os.cpu_count(),
            load=load, python=platform.python_version(), duckdb=duckdb.__version__,
            items=told.items, parties=told.items // 10, table=table,
        )  # fmt: skip
        told.report.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
