"""A small company whose days are played by hand: what was decided is given, the rest is real."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from callsheet.canonical import TABLES
from callsheet.decision import Configuration
from callsheet.dispatching.dispatch import DispatchSummary, dispatch
from callsheet.dispatching.open_actions import OpenAction, Telling, open_actions
from callsheet.keys import digest
from callsheet.planning.plan import Plan, plan_actions
from callsheet.scenarios.assignment import load_rules
from callsheet.scenarios.scenario import Scenario, load_scenarios
from callsheet.settings import Channels, Settings, Source
from callsheet.snapshots.snapshot import latest
from callsheet.store.lake import attach
from callsheet.store.tables import Snapshot
from callsheet.store.warehouse import Warehouse
from callsheet.vocabulary import ActionState

ROOT = Path(__file__).parents[2]
ARROW = {
    "text": pa.string(),
    "day": pa.date32(),
    "money": pa.decimal128(18, 3),
    "flag": pa.bool_(),
    "number": pa.int64(),
    "moment": pa.timestamp("us", tz="UTC"),
}
MONDAY = date(2026, 11, 16)
MORNING = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)  # ten in Paris: the window is open

FRANCE = {
    "entity": "FR1", "name": "Atelier France SAS", "currency": "EUR",
    "time_zone": "Europe/Paris", "calendar": "FR", "language": "fr", "country": "FR",
    "sending_from": "08:30", "sending_until": "18:00", "sender_name": "Atelier, comptes clients",
    "sender_email": "comptes@atelier.example", "reply_to": "reglements@atelier.example",
    "credit_manager": "CM", "bank_name": "Banque imaginaire", "iban": "FR7630006000011234567890189",
    "bic": "AGRIFRPP", "address_line1": "1 quai des Brumes", "postcode": "44000",
    "city": "Nantes", "registration": "RCS 1",
}  # fmt: skip


@dataclass
class Company:
    """The company's files and warehouse, with verbs for what happens on a day."""

    settings: Settings
    warehouse: Warehouse
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    pulls: int = 0
    now: datetime = MORNING
    as_of: date = MONDAY

    def add(self, table: str, **row: Any) -> None:
        self.tables.setdefault(table, []).append(row)

    def customer(self, key: str, email: str | None = None, **fields: Any) -> None:
        """Add a customer with one contact, an address and one invoice of 1,000.00, 14 days late."""
        self.add(
            "customers", customer=key, name=f"Client {key}", language="fr", country="FR",
            nature="private", collector="ANNE", sales_manager="SAM", **fields,
        )  # fmt: skip
        if email != "":
            address = email or f"compta@{key.lower()}.example"
            self.add("contacts", contact=f"K-{key}", customer=key, role="accounting",
                     name=f"Madame {key}", email=address, phone="+33199000000",
                     is_collection=True)  # fmt: skip
        for kind in ("billing", "registered_office"):
            self.add("addresses", customer=key, kind=kind, name=f"Client {key}",
                     line1="2 rue du Port", postcode="44000", city="Nantes",
                     country="FR")  # fmt: skip
        self.invoice(f"F-{key}", key)

    def invoice(
        self, item: str, customer: str, amount: str = "1000.00", due: str = "2026-11-02",
        kind: str = "invoice",
    ) -> None:  # fmt: skip
        money = Decimal(amount)
        self.add(
            "open_items", item=item, customer=customer, entity="FR1", number=item, kind=kind,
            issue_date=date(2026, 10, 2), due_date=date.fromisoformat(due), currency="EUR",
            amount=money, open_amount=money,
        )  # fmt: skip

    def pull(self) -> None:
        """Publish what the company's tables hold now as its freshest snapshot."""
        self.pulls += 1
        self.now += timedelta(minutes=1)
        folder = f"snapshot/erp/{self.pulls}"
        place = self.settings.home / "lake" / folder
        place.mkdir(parents=True)
        for name, rows in self.tables.items():
            if name == "quarantined":
                schema = pa.schema([("line", pa.int64()), *QUARANTINE])
                pq.write_table(pa.Table.from_pylist(rows, schema), place / "quarantine.parquet")
                continue
            fields = [(c.name, ARROW[c.type]) for c in TABLES[name].columns]
            schema = pa.schema([*fields, ("mark", pa.string())])
            pq.write_table(pa.Table.from_pylist(rows, schema), place / f"{name}.parquet")
        with self.warehouse.transaction() as tx:
            tx.add(Snapshot(
                snapshot_id=digest(folder), source="erp", on_day=self.as_of, mode="stock",
                folder=folder, entities='["FR1"]', extracted_at=self.now, published_at=self.now,
                rows_in=0, rows_loaded=0, rows_duplicate=0, rows_quarantined=0, manifest="{}",
            ))  # fmt: skip

    def plan(self, *decisions: dict[str, Any], then: Callable[[], None] = lambda: None) -> Plan:
        """Plan what was decided: each names at least `customer` and `step`."""
        with self.warehouse.transaction() as tx:
            con = tx.duckdb()
            refs = latest(tx, ["erp"], self.as_of)
            attach(con, refs, self.settings.home / "lake")
            con.register("given", pa.Table.from_pylist(
                [self._decision(**one) for one in decisions], DECISIONS))  # fmt: skip
            con.execute("create or replace temp table decisions as from given")
            con.unregister("given")
            decided = _Decided(self.as_of, _scenarios(self.settings.scenarios))
            plan = plan_actions(tx, self.settings, decided, decided, snapshots=refs, now=self.now)
            then()
            return plan

    def _decision(self, customer: str, step: str, **other: Any) -> dict[str, Any]:
        leader = other.get("leader", f"F-{customer}")
        known = {one.key: one for one in _scenarios(self.settings.scenarios)}
        scenario = known[other.get("scenario", "standard-fr")]
        return {
            "unit": f"{customer}|FR1", "customer": customer, "entity": "FR1", "outcome": "act",
            "reason": None, "leader": leader, "leader_due": date(2026, 11, 2), "run": leader,
            "run_no": 1, "scenario": scenario.key, "scenario_version": scenario.version,
            "assigned_by": "rule",
            "step": step, "step_day": 14, "due_on": self.as_of, "act_on": self.as_of,
            "withdraw": [], "next_review_on": None,
        } | other  # fmt: skip

    def configuration(self, *edited: Scenario) -> Configuration:
        """Return the company's configuration, some scenarios edited."""
        folder = self.settings.scenarios
        known = {one.key: one for one in _scenarios(folder)}
        scenarios = tuple((known | {one.key: one for one in edited}).values())
        return Configuration(self.settings.decision, scenarios, load_rules(folder), {}, "")

    def dispatch(self, **options: Any) -> DispatchSummary:
        return dispatch(self.warehouse, self.settings, self.as_of, self.now, **options)

    def told(self, author: str = "Anne") -> Telling:
        return Telling(self.as_of, self.now, author)

    def actions(self) -> list[OpenAction]:
        with self.warehouse.reading() as tx:
            return open_actions(tx, ActionState)

    def states(self) -> dict[str, str]:
        """Return the state, and its reason, of each action by customer and step."""
        return {f"{a.customer} {a.step}": f"{a.state} {a.reason}".strip() for a in self.actions()}

    def history(self, customer: str) -> list[tuple[str, str, str]]:
        """Return state, reason and author of each event of a customer's actions, in order."""
        with self.warehouse.reading() as tx:
            return tx.fetch(
                "select state, reason, author from event where kind = 'action'"
                " and customer = $customer order by ledger_seq",
                customer=customer,
            )

    def outbox(self, suffix: str = ".eml") -> list[Path]:
        return sorted((self.settings.home / "outbox").rglob(f"*{suffix}"))


@cache
def _scenarios(folder: Path) -> tuple[Scenario, ...]:
    return tuple(load_scenarios(folder).values())


@dataclass(frozen=True)
class _Decided:
    as_of: date
    scenarios: tuple[Any, ...]


QUARANTINE = [
    (name, pa.string())
    for name in (
        "table_name", "code", "entity", "customer", "owner_before", "row_key", "found", "raw",
    )
]  # fmt: skip
DECISIONS = pa.schema(
    [
        ("unit", pa.string()), ("customer", pa.string()), ("entity", pa.string()),
        ("outcome", pa.string()), ("reason", pa.string()), ("leader", pa.string()),
        ("leader_due", pa.date32()), ("run", pa.string()), ("run_no", pa.int64()),
        ("scenario", pa.string()), ("scenario_version", pa.string()),
        ("assigned_by", pa.string()), ("step", pa.string()), ("step_day", pa.int64()),
        ("due_on", pa.date32()), ("act_on", pa.date32()), ("withdraw", pa.list_(pa.string())),
        ("next_review_on", pa.date32()),
    ]
)  # fmt: skip


def a_company(home: Path, url: str = "", **channels: Any) -> Company:
    settings = Settings(
        environment="test",
        home=home,
        warehouse=url,
        sources=(Source(name="erp", folder=home, mapping=home / "mapping.yaml"),),
        scenarios=ROOT / "scenarios",
        templates=ROOT / "templates",
        channels=Channels(**channels),
        message_domain="atelier.example",
    )
    company = Company(settings, Warehouse.of(settings))
    company.add("entities", **FRANCE)
    for key, name, role in (
        ("ANNE", "Anne Martin", "collector"),
        ("SAM", "Sam Petit", "sales"),
        ("CM", "Claire Moreau", "credit_manager"),
    ):
        email = f"{key.lower()}@atelier.example"
        company.add("colleagues", colleague=key, name=name, role=role, email=email,
                    phone="+33199000001", language="fr")  # fmt: skip
    return company


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    with kept_open(a_company(tmp_path)) as company:
        yield company


@contextmanager
def kept_open(company: Company) -> Iterator[Company]:
    """Open the company's file once, not for each of a test's questions: that takes DuckDB 25 ms."""
    with company.warehouse.kept_open():
        yield company


@pytest.fixture
def company_of(tmp_path: Path):
    """Make a company with channels of its own."""
    return lambda **channels: a_company(tmp_path, **channels)


@pytest.fixture(params=["duckdb", "postgresql"])
def company_of_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Company]:
    """The company, once on each engine."""
    url = "" if request.param == "duckdb" else request.getfixturevalue("new_database")()
    with kept_open(a_company(tmp_path, url)) as company:
        yield company


@pytest.fixture
def copy_of_company(tmp_path: Path, made_once: dict[str, Any]):
    """Make a company once for the module; each test gets a copy of it (DuckDB's is a folder)."""

    def copy(name: str, make: Callable[[Company], Any], home: Path) -> tuple[Company, Any]:
        if name not in made_once:
            first = a_company(home / "var")
            made_once[name] = (first, make(first))
        first, found = made_once[name]
        shutil.copytree(first.settings.home, tmp_path / "copy")
        company = a_company(tmp_path / "copy")
        company.tables, company.pulls = deepcopy(first.tables), first.pulls
        company.now, company.as_of = first.now, first.as_of
        return company, found

    return lambda name, make: copy(name, make, made_once["folder"] / name)


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return {"folder": tmp_path_factory.mktemp("made_once")}


@pytest.fixture
def company_at():
    """Make a company in a folder, its warehouse at an address."""
    return a_company
