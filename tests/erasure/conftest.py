"""A company with one customer of whom much is known, and a search that finds all of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from sqlmodel import SQLModel

from callsheet.canonical import TABLES
from callsheet.day import freeze_plan, publish, pull_receivables, send_all
from callsheet.desk.confirmation import confirm
from callsheet.desk.item_status import hold
from callsheet.dispatching.open_actions import OpenAction, Telling, open_actions
from callsheet.planning.content import ContentMissing, read
from callsheet.reading.call_sheet import call_sheet
from callsheet.reading.call_sheet_markdown import as_markdown, exception_rows, line_rows
from callsheet.reading.history_reading import history_lines
from callsheet.sealing.key_ring import FILE, KeyRing
from callsheet.sealing.rows import PERSONAL, know
from callsheet.sealing.set_aside import row_as_it_lay
from callsheet.settings import Settings, Source
from callsheet.snapshots.freshest import receivables
from callsheet.store.export import export_views
from callsheet.store.warehouse import Warehouse
from callsheet.validation.reasons import REASONS
from callsheet.validation.sorting import validate
from callsheet.validation.validated import Validated
from callsheet.vocabulary import ActionState

ROOT = Path(__file__).parents[2]
MONDAY, TUESDAY = date(2026, 11, 16), date(2026, 11, 17)
NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
CUSTOMER = "C-77"
NAME, PERSON = "Boulangerie Quatrevaux", "Zéphyrine Quatrevaux"
EMAIL, PHONE, STREET = "z.quatrevaux@lilas.example", "+33 4 77 12 34 99", "17 impasse des Lilas"
SECRETS = (NAME, PERSON, EMAIL, PHONE, STREET)

ENTITY = {
    "entity": "FR1", "name": "Atelier", "currency": "EUR", "time_zone": "Europe/Paris",
    "calendar": "FR", "language": "fr", "country": "FR", "sending_from": "08:00",
    "sending_until": "18:00", "sender_name": "Atelier", "sender_email": "nous@atelier.example",
    "reply_to": "nous@atelier.example", "iban": "FR7630006000011234567890189",
}  # fmt: skip
FILES = {
    "customers.csv": f"customer;name;language;country;nature\n{CUSTOMER};{NAME};fr;FR;private\n"
    "C-78;Autre client;fr;FR;private\n",
    "contacts.csv": "contact;customer;role;name;email;phone;is_collection\n"
    f"K1;{CUSTOMER};accounting;{PERSON};{EMAIL};{PHONE};yes\n"
    "K3;C-78;accounting;Autre;compta@autre.example;+33 1 99 00 00 00;yes\n",
    "addresses.csv": "customer;kind;name;line1;postcode;city;country\n"
    f"{CUSTOMER};billing;{NAME};{STREET};42000;Saint-Étienne;FR\n"
    f"{CUSTOMER};registered_office;{NAME};{STREET};42000;Saint-Étienne;FR\n"
    "C-78;billing;Autre client;2 rue du Port;44000;Nantes;FR\n",
    "items.csv": "item;customer;entity;number;kind;issue_date;due_date;currency;"
    "amount;open_amount\n"
    f"F1;{CUSTOMER};FR1;F1;invoice;2026-10-10;2026-11-10;EUR;100.00;100.00\n"
    "F2;C-78;FR1;F2;invoice;2026-10-10;2026-11-10;EUR;200.00;200.00\n",
    "assignments.csv": f"customer;scenario\n{CUSTOMER};standard-fr\nC-78;standard-fr\n",
}
BAD_ROWS = {  # of the second day: one names its customer, in one nobody knows what is what
    "contacts.csv": f"K2;{CUSTOMER};finance;{PERSON};{EMAIL}, autre@lilas.example;{PHONE};no\n",
    "customers.csv": f"{NAME};C-79;fr;FR;private;one;too;many\n",
}
KEPT = [one for one in REASONS if one.code in {"field_count", "email_format"}]


def written_extract(folder: Path) -> Source:
    """Write the extract and its mapping; return the source."""
    (folder / "extract").mkdir(parents=True)
    tables: dict[str, Any] = {"entities": {"rows": [ENTITY]}}
    for file, text in FILES.items():
        (folder / "extract" / file).write_text(text)
        name = "open_items" if file == "items.csv" else file.removesuffix(".csv")
        tables[name] = {
            "file": file,
            "columns": {column: column for column in text.splitlines()[0].split(";")},
        }
    mapping = {"pull": {"stable_seconds": 0}, "written": {"delimiter": ";"}, "tables": tables}
    (folder / "mapping.yaml").write_text(yaml.safe_dump(mapping, allow_unicode=True))
    return Source(name="erp", folder=folder / "extract", mapping=folder / "mapping.yaml")


@dataclass
class Company:
    """Settings and warehouse, with verbs for a day and for the search."""

    settings: Settings
    warehouse: Warehouse

    def told(self, author: str = "Anne") -> Telling:
        return Telling(MONDAY, NOW, author)

    def actions(self) -> list[OpenAction]:
        with self.warehouse.reading() as tx:
            return open_actions(tx, ActionState)

    def play(self) -> None:
        """Plan and send; then somebody writes notes that name the customer."""
        freeze_plan(self.settings, MONDAY, NOW)
        send_all(self.settings, MONDAY, NOW)
        with self.warehouse.transaction() as tx:
            hold(tx, self.settings, CUSTOMER, f"{PERSON} asked for peace", self.told())
            confirm(tx, "FR1", None, self.told(), note=f"all, {NAME} as well")

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield everything that can be read, by anybody, with the place it was read from."""
        yield from self._raw_files()
        yield from self._tables()
        yield from self._through_readers()

    def found(self) -> set[str]:
        """Return the places where the search finds one of the customer's texts."""
        return {place for place, text in self.texts() if any(one in text for one in SECRETS)}

    def _raw_files(self) -> Iterator[tuple[str, str]]:
        for path in sorted(self.settings.home.rglob("*")):
            if path.is_file():
                content = path.read_bytes()
                yield f"raw {path.suffix or 'content'}", content.decode("utf-8", "replace")
                if path.suffix == ".eml":
                    mail = BytesParser(policy=policy.default).parsebytes(content)
                    body = mail.get_body(("plain",))
                    yield "mail", f"{mail['to']} {body.get_content() if body else ''}"
                if path.suffix == ".parquet":
                    rows = duckdb.sql(f"from read_parquet('{path}')")
                    yield "parquet", str(rows.fetchall())

    def _tables(self) -> Iterator[tuple[str, str]]:
        with self.warehouse.reading() as tx:
            for name in SQLModel.metadata.tables:
                yield f"table {name}", str(tx.fetch(f"select * from {name}"))

    def _through_readers(self) -> Iterator[tuple[str, str]]:
        ring = KeyRing.of(self.settings.home)
        with self.warehouse.reading() as tx:
            con = receivables(tx, self.settings, TUESDAY)
            for table in TABLES:
                if table in PERSONAL:
                    know(con, table, [CUSTOMER, "C-78"])
                shown = f"known_{table}" if table in PERSONAL else table
                yield f"snapshot {table}", str(con.execute(f"from {shown}").fetchall())
            yield "history", str(history_lines(tx))
            for raw, customer in tx.fetch("select raw, customer from quarantine"):
                yield "set aside", str(row_as_it_lay(ring, raw, customer))
            day = MONDAY
            sheet = call_sheet(tx, self.settings, day)
            yield "call sheet", str(sheet.as_text())
            rows = str(line_rows(sheet.lines)) + str(exception_rows(sheet))
            yield "artifacts", as_markdown(sheet) + rows
            folder = self.settings.home.parent / "export"
            export_views(tx, folder)
        for path in folder.glob("*.parquet"):
            yield "export", str(duckdb.sql(f"from read_parquet('{path}')").fetchall())
        for action in self.actions():
            try:
                message = read(self.settings.home, action.customer, action.content_hash)
            except ContentMissing:
                continue
            yield "content", f"{message.to_name} {message.to_address} {message.text}"


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Source, Validated, Validated]:
    """The extract of two days, each pulled and judged once."""
    folder = tmp_path_factory.mktemp("erp")
    source = written_extract(folder / "erp")
    good = Settings(home=folder / "home", sources=(source,))
    first = validate(pull_receivables(source, good, MONDAY, NOW), None, ())
    for name, rows in BAD_ROWS.items():
        with (folder / "erp" / "extract" / name).open("a") as file:
            file.write(rows)
    later = Settings(home=folder / "later", sources=(source,))
    later.home.mkdir()
    (later.home / FILE).write_bytes((good.home / FILE).read_bytes())
    second = validate(pull_receivables(source, later, TUESDAY, NOW), None, KEPT)
    for name in BAD_ROWS:
        (folder / "erp" / "extract" / name).write_text(FILES[name])
    return source, first, second


@pytest.fixture(params=["duckdb", "postgresql"])
def company(
    request: pytest.FixtureRequest, tmp_path: Path, judged: tuple[Source, Validated, Validated]
) -> Company:
    """The company on a played day, once on each engine."""
    source, first, second = judged
    url = "" if request.param == "duckdb" else request.getfixturevalue("new_database")()
    settings = Settings(
        environment="test", home=tmp_path / "var", warehouse=url, sources=(source,),
        scenarios=ROOT / "scenarios", templates=ROOT / "templates",
        message_domain="atelier.example",
    )  # fmt: skip
    settings.home.mkdir()
    (settings.home / FILE).write_bytes((second.staged.home / FILE).read_bytes())
    publish(first, settings, MONDAY, NOW)
    company = Company(settings, Warehouse.of(settings))
    company.play()
    publish(second, settings, TUESDAY, NOW)
    return company
