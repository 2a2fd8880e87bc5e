"""A company with a plan of any size: one reminder to each customer, confirmed and not yet sent.

Unkind accounts: three currencies, half of them with credits, three to ten open items, the oldest
of which is not always the one that leads.
"""

import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "crashlab"))

from to_a_stub import settings_to_a_stub

from callsheet.canonical import DUCKDB_TYPE, TABLES
from callsheet.keys import digest
from callsheet.planning.plan import plan_actions
from callsheet.scenarios.scenario import Scenario, load_scenarios
from callsheet.settings import Settings, ValveSettings
from callsheet.snapshots.snapshot import latest
from callsheet.store.lake import attach
from callsheet.store.tables import Snapshot
from callsheet.store.transaction import Transaction
from callsheet.store.warehouse import Warehouse

AS_OF = date(2026, 11, 16)
NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
SCENARIO, STEP = "standard-fr", "email-1"

_ROWS = {
    "entities": """
        select 'FR1' as entity, 'Atelier France SAS' as name, 'EUR' as currency,
            'Europe/Paris' as time_zone, 'FR' as calendar, 'fr' as language, 'FR' as country,
            '00:00' as sending_from, '23:59' as sending_until, 'Atelier' as sender_name,
            'comptes@atelier.example' as sender_email, 'reglements@atelier.example' as reply_to,
            'FR7630006000011234567890189' as iban, 'AGRIFRPP' as bic, '44000' as postcode,
            'Nantes' as city, '1 quai des Brumes' as address_line1, 'RCS 1' as registration""",
    "customers": """
        select 'C' || lpad(n::varchar, 7, '0') as customer, 'Société Æ ' || n as name,
            'fr' as language, 'FR' as country, 'private' as nature, 'ANNE' as collector
        from range($count) as given(n)""",
    "contacts": """
        select 'K' || n as contact, 'C' || lpad(n::varchar, 7, '0') as customer,
            'accounting' as role, 'Madame ' || n as name, 'compta@c' || n || '.example' as email,
            true as is_collection
        from range($count) as given(n)""",
    "addresses": """
        select 'C' || lpad(n::varchar, 7, '0') as customer, 'billing' as kind,
            'Société Æ ' || n as name, '2 rue du Port' as line1, '44000' as postcode,
            'Nantes' as city, 'FR' as country
        from range($count) as given(n)""",
    "colleagues": """
        select 'ANNE' as colleague, 'Anne Martin' as name, 'collector' as role,
            'anne@atelier.example' as email, 'fr' as language""",
    "open_items": """
        select 'I' || n || '-' || k as item, 'C' || lpad(n::varchar, 7, '0') as customer,
            'FR1' as entity, 'F-' || n || '-' || k as number,
            case when k = 1 and n % 2 = 0 then 'credit_note' else 'invoice' end as kind,
            date '2026-10-02' - k::integer as issue_date,
            date '2026-11-02' - (hash(n, k) % 9)::integer as due_date,
            ['EUR', 'GBP', 'USD'][(k % (1 + n % 3))::integer + 1] as currency,
            (case when k = 1 and n % 2 = 0 then -(500 + hash(n) % 400)::integer
                else 1000 + hash(n, k) % 100000 end / 100.0)::decimal(18, 3) as open_amount,
            open_amount as amount
        from range($count) as given(n), range(10) as placed(k)
        where k < 3 + n % 8""",
}
_DECISIONS = """
create or replace temp table decisions as
with leaders as (
    select customer, min(item) as leader, min(due_date) as leader_due
    from open_items where kind = 'invoice' and currency = 'EUR' group by customer
)
select customer || '|FR1' as unit, customer, 'FR1' as entity, 'act' as outcome,
    null::varchar as reason, leader, leader_due, leader as run, 1::bigint as run_no,
    $scenario as scenario, 'v' as scenario_version, 'rule' as assigned_by, $step as step,
    14::bigint as step_day, $day as due_on, $day as act_on,
    []::varchar[] as withdraw, null::date as next_review_on
from leaders
"""


@dataclass(frozen=True)
class Played:
    """A day's decisions, given instead of decided, and the scenarios they play."""

    as_of: date
    scenarios: tuple[Scenario, ...]


def settings_of(home: Path, url: str, channel: str, port: int, threads: int) -> Settings:
    """Return the company's settings: a first run would wait after five messages."""
    valves = ValveSettings(off=("canary",))
    return settings_to_a_stub(
        home, url, channel, port, message_domain="atelier.example", valves=valves,
        sender_threads=threads,
    )  # fmt: skip


def plan_for(settings: Settings, count: int) -> None:
    """Publish the receivables of `count` customers and freeze a reminder to each."""
    warehouse = Warehouse.of(settings)
    publish(settings, count)
    scenarios = tuple(load_scenarios(settings.scenarios).values())
    with warehouse.transaction() as tx:
        snapshots = latest(tx, ["erp"], AS_OF)
        decided = Played(AS_OF, scenarios)
        look(tx, settings)
        plan_actions(tx, settings, decided, decided, snapshots=snapshots, now=NOW)


def look(tx: Transaction, settings: Settings) -> Any:
    """Return the connection that sees the receivables and the day's decisions."""
    con = tx.duckdb(["exclusion", "action", "event"])
    attach(con, latest(tx, ["erp"], AS_OF), settings.home / "lake")
    con.execute(_DECISIONS, {"scenario": SCENARIO, "step": STEP, "day": AS_OF})
    return con


def publish(settings: Settings, count: int) -> None:
    folder = "snapshot/erp/1"
    place = settings.home / "lake" / folder
    place.mkdir(parents=True)
    with Warehouse.of(settings).transaction() as tx:
        con = tx.duckdb()
        for name, query in _ROWS.items():
            columns = ", ".join(
                f"cast(null as {DUCKDB_TYPE[c.type]}) as {c.name}" for c in TABLES[name].columns
            )
            con.execute(f"create or replace temp table shape as select {columns}")
            con.execute("delete from shape")
            params = {"count": count} if "$count" in query else {}
            con.execute(f"insert into shape by name {query}", params)
            con.execute("alter table shape add column mark varchar")
            con.execute(f"copy shape to '{place}/{name}.parquet' (format parquet)")
        tx.add(Snapshot(
            snapshot_id=digest(folder), source="erp", on_day=AS_OF, mode="stock", folder=folder,
            entities='["FR1"]', extracted_at=NOW, published_at=NOW, rows_in=0, rows_loaded=0,
            rows_duplicate=0, rows_quarantined=0, manifest="{}",
        ))  # fmt: skip


def due_in(con: Any) -> pa.Table:
    return con.execute("from decisions order by unit").to_arrow_table()
