"""What sealing costs: publishing, building statements, keeping and reading messages, erasing.

    python benchmarks/bench_sealing.py 1000 100000

CPU seconds of this process. `publish` is pull, sort (without the expectations, whose time does not
depend on sealing) and publish; what sealing takes of it is measured by sealing the same rows once
more. `statements` is a batch of 2,000 accounts, the drafter's.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import yaml

from callsheet.day import publish, pull_receivables
from callsheet.messages.message import Message
from callsheet.messages.statement import WantedAccount, statements
from callsheet.planning.content import keep, read
from callsheet.sealing.key_ring import FILE, KeyRing
from callsheet.sealing.rows import PERSONAL, know, open_rows, seal_rows
from callsheet.settings import Settings, Source
from callsheet.snapshots.snapshot import SnapshotRef
from callsheet.store.lake import attach
from callsheet.store.warehouse_schema import definition
from callsheet.validation.sorting import validate

DAY, NOW = date(2026, 11, 16), datetime(2026, 11, 16, 6, 30, tzinfo=UTC)
BATCH = 2_000
ENTITY = {
    "entity": "FR1", "name": "Atelier", "currency": "EUR", "time_zone": "Europe/Paris",
    "calendar": "FR", "language": "fr", "country": "FR", "sending_from": "08:00",
    "sending_until": "18:00", "sender_name": "Atelier", "sender_email": "nous@atelier.example",
}  # fmt: skip
COLUMNS = {
    "customers": "customer;name;language;country;nature",
    "contacts": "contact;customer;role;name;email;phone;is_collection",
    "addresses": "customer;kind;name;line1;postcode;city;country",
    "open_items": "item;customer;entity;number;kind;issue_date;due_date;currency;"
    "amount;open_amount",
}


def rows_of(table: str, no: int) -> list[str]:
    """Return the rows of one customer: a contact, two addresses, five invoices."""
    key, name = f"C{no:07}", f"Établissements Quatrevaux & Fils n° {no}"
    if table == "customers":
        return [f"{key};{name};fr;FR;private"]
    if table == "contacts":
        phone = f"+33 1 {no:08}"
        return [f"K{no};{key};accounting;Zoé Martin {no};compta@c{no}.example;{phone};yes"]
    if table == "addresses":
        return [f"{key};{kind};{name};{no} rue du Port;44000;Nantes;FR"
                for kind in ("billing", "registered_office")]  # fmt: skip
    return [f"F{no}-{one};{key};FR1;F{no}-{one};invoice;2026-09-0{one};2026-10-0{one};"
        "EUR;100.00;100.00"
            for one in range(1, 6)]  # fmt: skip


def extract(folder: Path, customers: int) -> Source:
    """Write an extract of so many customers."""
    folder.mkdir()
    tables: dict[str, Any] = {"entities": {"rows": [ENTITY]}}
    for table, header in COLUMNS.items():
        with (folder / f"{table}.csv").open("w", encoding="utf-8") as file:
            file.write(header + "\n")
            for no in range(customers):
                file.write("\n".join(rows_of(table, no)) + "\n")
        columns = {name: name for name in header.split(";")}
        tables[table] = {"file": f"{table}.csv", "columns": columns}
    mapping = {"pull": {"stable_seconds": 0}, "written": {"delimiter": ";"}, "tables": tables}
    (folder.parent / "mapping.yaml").write_text(yaml.safe_dump(mapping))
    return Source(name="erp", folder=folder, mapping=folder.parent / "mapping.yaml")


def cpu_seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return what `work` took of this process, and what it gave."""
    begun = time.process_time()
    made = work()
    return time.process_time() - begun, made


def measured(folder: Path, customers: int) -> dict[str, float]:
    """Return the figures for so many customers."""
    source = extract(folder / "extract", customers)
    settings = Settings(home=folder / "home", sources=(source,))

    def receive() -> SnapshotRef:
        staged = pull_receivables(source, settings, DAY, NOW)
        return publish(validate(staged, None, ()), settings, DAY, NOW)

    whole, ref = cpu_seconds(receive)
    return {
        "publish": whole,
        **_sealing(settings, ref),
        **_statements(settings, ref, min(customers, BATCH)),
        **_messages(settings, min(customers, BATCH)),
        "keys_megabytes": (settings.home / FILE).stat().st_size / 1e6,
    }


def _sealing(settings: Settings, ref: SnapshotRef) -> dict[str, float]:
    ring, seconds = KeyRing.of(settings.home), 0.0
    size = 0
    for table in PERSONAL:
        place = settings.home / "lake" / ref.folder / f"{table}.parquet"
        size += place.stat().st_size
        sealed = duckdb.sql(f"from read_parquet('{place}')").to_arrow_table()
        for name in PERSONAL[table]:
            sealed = sealed.append_column(name, pa.nulls(sealed.num_rows, pa.string()))
        plain = open_rows(ring, table, sealed)
        plain = plain.append_column("sealed", pa.nulls(plain.num_rows, pa.binary()))
        took, _ = cpu_seconds(lambda table=table, plain=plain: seal_rows(ring, table, plain))
        seconds += took
    return {"publish_sealing": seconds, "personal_tables_megabytes": size / 1e6}


def _statements(settings: Settings, ref: SnapshotRef, count: int) -> dict[str, float]:
    keys = [f"C{no:07}" for no in range(count)]
    wanted = [WantedAccount(f"{key}|FR1", key, "FR1", f"F{int(key[1:])}-1") for key in keys]
    with duckdb.connect() as con:
        attach(con, [ref], settings.home / "lake")
        for statement in definition("duckdb").values():
            con.execute(statement)
        first, _ = cpu_seconds(lambda: statements(con, wanted, DAY, settings.decision))
        whole, _ = cpu_seconds(lambda: statements(con, wanted, DAY, settings.decision))
        opening, _ = cpu_seconds(lambda: [know(con, table, keys) for table in PERSONAL])
    del first
    return {"statements": whole, "statements_opening": opening}


def _messages(settings: Settings, count: int) -> dict[str, float]:
    text = "Madame, Monsieur,\n\nVotre facture est échue.\n" * 30
    made = [
        (f"C{no:07}", Message(
            f"Zoé Martin {no}", f"compta@c{no}.example", "Nous", "nous@atelier.example",
            "nous@atelier.example", f"Facture {no}", text, f"<p>{text}</p>", (), "fr",
        ))
        for no in range(count)
    ]  # fmt: skip
    keeping, hashes = cpu_seconds(lambda: [keep(settings.home, *one) for one in made])
    reading, _ = cpu_seconds(
        lambda: [read(settings.home, key, h) for (key, _), h in zip(made, hashes, strict=True)]
    )
    return {
        "keep_1000_messages": keeping / count * 1000,
        "read_1000_messages": reading / count * 1000,
    }


def main() -> None:
    """Print the figures as JSON, a line for each number of customers."""
    for customers in map(int, sys.argv[1:] or ["1000"]):
        with tempfile.TemporaryDirectory() as folder:
            found = measured(Path(folder), customers)
        rounded = {name: round(figure, 3) for name, figure in found.items()}
        print(json.dumps({"customers": customers, **rounded}))


if __name__ == "__main__":
    main()
