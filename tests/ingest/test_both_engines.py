"""What publishing writes into the warehouse is the same on both engines."""

from datetime import UTC, date, datetime
from typing import Any

from callsheet.sealing.key_ring import FILE
from callsheet.snapshots import snapshot
from callsheet.snapshots.kept import KeptSnapshots
from callsheet.store.warehouse import Warehouse
from callsheet.validation.reasons import REASONS

DAYS = (date(2026, 11, 16), date(2026, 11, 17))
FEW = [reason for reason in REASONS if reason.code == "no_due_date"]
WRITTEN = {
    "snapshot": "select source, on_day, folder, delivery, rows_in, rows_quarantined from snapshot"
    " order by on_day",
    "quarantine": "select table_name, line, code, customer, row_key, raw, on_day from quarantine"
    " order by on_day, line",
    "exclusion": "select exclusion_id, no, until_day, recorded_on from exclusion order by no",
    "event": "select ledger_seq, subject, state, reason, on_day, leaf_hash from event"
    " order by ledger_seq",
}
seen: dict[str, Any] = {}


def test_two_days_leave_the_same_rows_on_duckdb_and_postgresql(extract, settings_of_engine):
    warehouse, kept = Warehouse.of(settings_of_engine), KeptSnapshots.of(settings_of_engine)
    extract.home.mkdir(exist_ok=True)
    if "keys" in seen:  # other keys would make other bytes, and so other ids
        (extract.home / FILE).write_bytes(seen["keys"])
    extract.add_items("FR01;INV-9;C3;invoice;2026-09-01;;EUR;5.00;5.00")
    for day in DAYS:
        with warehouse.reading() as tx:
            before = snapshot.files_of(snapshot.last_before(tx, "erp", day), kept)
        validated = extract.validate(before, FEW, as_of=day)
        moment = datetime(day.year, day.month, day.day, 5, 30, tzinfo=UTC)
        snapshot.publish(validated, warehouse, kept, day, moment)
        extract.write("disputes.csv", "Id;Client;Item;Since\nD2;C1;FR01/INV-1;2026-11-17\n")
    with warehouse.reading() as tx:
        rows = {name: [tuple(row) for row in tx.fetch(sql)] for name, sql in WRITTEN.items()}
    assert len(rows["exclusion"]) == 3, "opened, closed, and another opened"
    seen.setdefault("keys", (extract.home / FILE).read_bytes())
    assert rows == (seen.setdefault("rows", rows))
