"""Between two full pulls only changes are read, and what they come to is checked by the ERP."""

import json
from datetime import UTC, date, datetime, timedelta

import duckdb
import pytest

from callsheet import day
from callsheet.store.warehouse import Warehouse

FRIDAY = date(2026, 11, 20)
pytestmark = pytest.mark.parametrize("ledger", ["sqlite"], indirect=True)


class Feed:
    """The ledger's source, received day after day by changes."""

    def __init__(self, ledger):
        ledger.declared.content["erp"]["incremental"] = {"full_every_days": 3}
        self.ledger, self.settings = ledger, ledger.declared.settings

    def receive(self, on_day):
        """Receive the source; return the mode of its snapshot and what is open in it."""
        now = datetime(on_day.year, on_day.month, on_day.day, 5, tzinfo=UTC)
        (source,) = self.settings.sources
        ref = day.receive(self.settings, source, on_day, now)
        assert ref is not None, self.told()
        with duckdb.connect() as con:
            items = con.read_parquet(
                str(self.settings.home / "lake" / ref.folder / "open_items.parquet")
            )
            found = items.order("item").select("item, open_amount").fetchall()
        return self.told()["mode"], [(item, f"{amount:.2f}") for item, amount in found]

    def told(self):
        """What the history says of the last pull, with the mode of its snapshot."""
        with Warehouse.of(self.settings).reading() as tx:
            (body,) = tx.fetch("select body from event order by ledger_seq desc limit 1")[0]
            modes = tx.fetch("select mode from snapshot order by on_day desc, published_at desc")
        detail = json.loads(body)["detail"]
        return {**detail, "mode": modes[0][0] if modes else ""}


def touched_on(on_day):
    return f"{on_day - timedelta(days=1)} 23:30:00"


def test_some_days_of_changes_and_then_everything(ledger):
    feed = Feed(ledger)
    days = [FRIDAY + timedelta(days=n) for n in range(6)]
    assert feed.receive(days[0])[0] == "stock", "the first pull is whole"

    ledger.execute(
        "update receivable set rest = 0, touched = :t where id = 1", t=touched_on(days[1])
    )
    ledger.execute(
        "update receivable set rest = 20, touched = :t where id = 3", t=touched_on(days[1])
    )
    assert feed.receive(days[1]) == ("delta", [("2", "50.50"), ("3", "20.00"), ("4", "-10.00")])
    assert feed.told()["rows_in"] == 2 + 3, "two changes; customers and entities come whole"

    ledger.execute("delete from receivable where id = 2")  # nothing says so but the count
    assert feed.receive(days[2]) == ("stock", [("3", "20.00"), ("4", "-10.00")])
    assert feed.told()["drift_vanished"] == 1

    ledger.execute("update receivable set rest = 12 where id = 3")  # without a trace
    assert feed.receive(days[3])[0] == "delta", "nobody can see it"
    feed.receive(days[5])
    told = feed.told()
    assert (told["mode"], told["drift_differing"], told["drift_vanished"]) == ("stock", 1, 0)


def test_as_long_as_a_row_is_set_aside_everything_is_read(ledger):
    feed = Feed(ledger)
    ledger.add((6, "D9", "RE-9", "RE", "2026-09-01", "2026-10-01", "EUR", "5.00", "5.00"))
    feed.receive(FRIDAY)

    assert feed.receive(FRIDAY + timedelta(days=1))[0] == "stock"
    ledger.execute("insert into debtor values ('D9', 'Mended', '')")
    feed.receive(FRIDAY + timedelta(days=2))
    assert feed.receive(FRIDAY + timedelta(days=3))[0] == "delta"
