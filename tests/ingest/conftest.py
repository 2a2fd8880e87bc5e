"""A small extract in which everything is right, so that a test can spoil one thing."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from callsheet.erp.pull import pull
from callsheet.erp.staged import Staged
from callsheet.sealing.key_ring import KeyRing
from callsheet.sealing.rows import PERSONAL, open_rows
from callsheet.sealing.set_aside import row_as_it_lay
from callsheet.settings import Settings, Source
from callsheet.snapshots.kept import KeptSnapshots
from callsheet.snapshots.snapshot import SnapshotRef, publish
from callsheet.store import lake
from callsheet.store.warehouse import Warehouse
from callsheet.validation.reasons import REASONS, Reason
from callsheet.validation.sorting import validate
from callsheet.validation.validated import SnapshotFiles, Validated

TODAY = date(2026, 11, 16)
ITEMS = "Society;Number;Client;Kind;Issued;Due;Currency;Total;Open\n"
GOOD_ITEMS = (
    "FR01;INV-1;C1;invoice;2026-09-01;2026-10-01;EUR;100.00;100.00\n"
    "FR01;INV-2;C2;invoice;2026-09-15;2026-10-15;EUR;250.50;40.00\n"
    "UK01;INV-1;C3;invoice;2026-10-01;2026-10-31;GBP;80.00;80.00\n"
    "FR01;CN-1;C1;credit_note;2026-09-20;;EUR;-10.00;-10.00\n"
)
FILES = {
    "items.csv": ITEMS + GOOD_ITEMS,
    "customers.csv": "Client;Name\nC1;Martin & Fils\nC2;Société Dubois\nC3;Smith Ltd\nC4;Durand\n",
    "contacts.csv": "Client;Mail;Phone;Main\nC1;compta@martin.example;+33 1 40 00 00 00;yes\n",
    "disputes.csv": "Id;Client;Item;Since\nD1;C2;FR01/INV-2;2026-11-02\n",
}
MAPPING: dict[str, Any] = {
    "pull": {"stable_seconds": 0},
    "written": {"delimiter": ";"},
    "tables": {
        "entities": {
            "rows": [
                {
                    "entity": entity, "name": entity, "currency": currency, "calendar": calendar,
                    "time_zone": zone, "sending_from": "08:00", "sending_until": "18:00",
                }
                for entity, currency, zone, calendar in (
                    ("FR01", "EUR", "Europe/Paris", "FR"),
                    ("UK01", "GBP", "Europe/London", "GB"),
                )
            ]
        },
        "customers": {"file": "customers.csv", "columns": {"customer": "Client", "name": "Name"}},
        "contacts": {
            "file": "contacts.csv",
            "columns": {
                "contact": "Client", "customer": "Client", "email": "Mail", "phone": "Phone",
                "is_collection": "Main",
            },
        },
        "disputes": {
            "file": "disputes.csv",
            "columns": {"dispute": "Id", "customer": "Client", "item": "Item", "from_day": "Since"},
        },
        "open_items": {
            "file": "items.csv",
            "columns": {
                "customer": "Client", "entity": "Society", "number": "Number", "kind": "Kind",
                "issue_date": "Issued", "due_date": "Due", "currency": "Currency",
                "amount": "Total", "open_amount": "Open",
            },
        },
    },
}  # fmt: skip


@dataclass
class Extract:
    """A folder of files and its mapping, the home that receives it, and what was received."""

    folder: Path
    mapping: dict[str, Any] = field(default_factory=lambda: deepcopy(MAPPING))

    def __post_init__(self) -> None:
        (self.folder / "extract").mkdir(parents=True)
        for name, text in FILES.items():
            self.write(name, text)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def source(self) -> Source:
        path = self.folder / "mapping.yaml"
        path.write_text(yaml.safe_dump(self.mapping, allow_unicode=True))
        return Source(name="erp", folder=self.folder / "extract", mapping=path)

    @property
    def warehouse(self) -> Warehouse:
        return Warehouse.of(Settings(home=self.home))

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / "extract" / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def add_items(self, *lines: str) -> None:
        self.write("items.csv", ITEMS + GOOD_ITEMS + "".join(f"{line}\n" for line in lines))

    def only_items(self, lines: Iterable[str]) -> None:
        self.write("items.csv", ITEMS + "".join(f"{line}\n" for line in lines))

    def table(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.mapping["tables"][name]
        return found

    def written(self, name: str, **notation: object) -> None:
        self.table(name)["written"] = notation

    def pull(self, as_of: date = TODAY) -> Staged:
        morning = datetime(as_of.year, as_of.month, as_of.day, 5, tzinfo=UTC)
        return pull(self.source, as_of, self.home, morning)

    def pull_from(self, source: Source, as_of: date = TODAY) -> Staged:
        return pull(source, as_of, self.home, datetime(2026, 11, 16, 5, tzinfo=UTC))

    def validate(
        self,
        previous: SnapshotFiles | None = None,
        reasons: Sequence[Reason] = REASONS,
        as_of: date = TODAY,
    ) -> Validated:
        return validate(self.pull(as_of), previous, reasons)

    def publish(self, validated: Validated, as_of: date = TODAY) -> SnapshotRef:
        moment = datetime(as_of.year, as_of.month, as_of.day, 5, 30, tzinfo=UTC)
        return publish(validated, self.warehouse, KeptSnapshots(self.home / "lake"), as_of, moment)

    def seen(self, table: str, *refs: SnapshotRef) -> list[dict[str, Any]]:
        """The rows of a table as the snapshots show it."""
        with duckdb.connect() as con:
            lake.attach(con, refs, self.home / "lake")
            rows = con.sql(f"select * from {table}")
            if table in PERSONAL:
                opened = open_rows(KeyRing.of(self.home), table, rows.to_arrow_table())
                return opened.to_pylist()
            return [dict(zip(rows.columns, row, strict=True)) for row in rows.fetchall()]

    def fetched(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query of the warehouse."""
        with self.warehouse.reading() as tx:
            return tx.fetch(sql)


@pytest.fixture
def extract(tmp_path: Path) -> Iterator[Extract]:
    found = Extract(tmp_path / "erp")
    with found.warehouse.kept_open():  # opened once, not for each of a test's questions
        yield found


@pytest.fixture(scope="session")
def new_extract(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Extract]:
    return lambda: Extract(tmp_path_factory.mktemp("erp") / "erp")


def rows_of(validated: Validated, table: str) -> list[dict[str, Any]]:
    """Return the rows of a validated (or published) table, what is sealed in plain."""
    staged = validated.staged
    ring = KeyRing.of(staged.home)
    path = validated.folder / f"{table}.parquet"
    if table in PERSONAL:
        rows = pq.read_table(path)
        for name in PERSONAL[table]:
            rows = rows.append_column(name, pa.nulls(rows.num_rows, pa.string()))
        return open_rows(ring, table, rows).to_pylist()
    found = parquet(path)
    if table == "quarantine":
        for row in found:
            row["raw"] = row_as_it_lay(ring, row["raw"], row["customer"])
    return found


def parquet(path: Path) -> list[dict[str, Any]]:
    with duckdb.connect() as con:
        rows = con.read_parquet(str(path))
        return [dict(zip(rows.columns, row, strict=True)) for row in rows.fetchall()]


@pytest.fixture(scope="session")
def read_rows() -> Callable[[Validated, str], list[dict[str, Any]]]:
    return rows_of


@pytest.fixture(scope="session")
def read_parquet() -> Callable[[Path], list[dict[str, Any]]]:
    return parquet
