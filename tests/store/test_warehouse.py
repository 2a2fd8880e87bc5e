"""The warehouse: one behaviour on both engines; on DuckDB one process at a time, and said so."""

import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from callsheet.errors import Busy, StoreFailed, Taken
from callsheet.history import record
from callsheet.settings import Settings
from callsheet.store import copy_text
from callsheet.store.arrow_types import arrow_schema
from callsheet.store.duckdb_store import DuckdbFile
from callsheet.store.tables import AddressDay, Lease, Quarantine
from callsheet.store.transaction import known_table
from callsheet.store.warehouse import Warehouse

MOMENT = datetime(2026, 3, 2, 6, 30, 0, 123456, tzinfo=UTC)


def rows_of(name, rows):
    return pa.Table.from_pylist(rows, schema=arrow_schema(known_table(name)))


def a_quarantined_row(line, **more):
    facts = {
        "snapshot_id": "s-1", "table_name": "open_items", "line": line, "code": "currency",
        "source": "erp", "raw": 'F-1;"10,00"\n', "on_day": date(2026, 3, 2),
    }  # fmt: skip
    return Quarantine(**facts, **more)


def test_values_come_back_as_they_went_in(warehouse):
    strange = "'; drop table event; -- \"x\", 50 %, $name, \\n, \n, ’é, 東, ''"
    with warehouse.transaction() as tx:
        tx.add(a_quarantined_row(1, found=strange), a_quarantined_row(2, found=""))
        tx.add(Lease(name="dispatch", holder="h", fence=2**62, until_at=MOMENT))
    with warehouse.reading() as tx:
        assert tx.fetch(
            "select line, found, raw, on_day from quarantine where found = $found or line = $line"
            " order by line",
            found=strange, line=2,
        ) == [
            (1, strange, 'F-1;"10,00"\n', date(2026, 3, 2)),
            (2, "", 'F-1;"10,00"\n', date(2026, 3, 2)),
        ]  # fmt: skip
        [(fence, until_at)] = tx.fetch("select fence, until_at from lease")
        assert (fence, until_at.astimezone(UTC)) == (2**62, MOMENT)
        found = tx.arrow("select line, found, on_day from quarantine order by line").to_pylist()
        assert found == [
            {"line": 1, "found": strange, "on_day": date(2026, 3, 2)},
            {"line": 2, "found": "", "on_day": date(2026, 3, 2)},
        ]


def test_an_amount_stays_exact_and_an_absent_value_absent(warehouse):
    exclusion = {
        "exclusion_id": "x-1", "no": 1, "kind": "dispute", "from_day": date(2026, 3, 2),
        "recorded_on": date(2026, 3, 2), "origin": "person", "amount": Decimal("0.105"),
    }  # fmt: skip
    empty = dict.fromkeys(
        name for name in arrow_schema(known_table("exclusion")).names if name not in exclusion
    )
    texts = {name: "" for name in empty if name not in ("until_day", "promised_on")}
    with warehouse.transaction() as tx:
        tx.append("exclusion", rows_of("exclusion", [{**empty, **texts, **exclusion}]))
    with warehouse.reading() as tx:
        assert tx.fetch("select amount, until_day from exclusion") == [(Decimal("0.105"), None)]
        [row] = tx.arrow(
            "select sum(amount) as total, min(until_day) as d from exclusion"
        ).to_pylist()
        assert row == {"total": Decimal("0.105"), "d": None}
        [copied] = tx.duckdb(["exclusion"]).execute("select amount from exclusion").fetchall()
        assert copied == (Decimal("0.105"),)


@pytest.mark.parametrize("count", [0, 1, 4, 5])
def test_many_rows_come_out_in_parts_and_none_is_lost(warehouse, monkeypatch, count):
    monkeypatch.setattr(copy_text, "_ROWS_AT_ONCE", 2)
    texts = ["x" * 5000, "é\n" * 30, "", "short", "y" * 40][:count]
    with warehouse.transaction() as tx:
        tx.add(*(a_quarantined_row(line, found=text) for line, text in enumerate(texts)))
    with warehouse.reading() as tx:
        found = tx.arrow("select found from quarantine order by line")

    assert found.to_pylist() == [{"found": text} for text in texts]


def test_a_dollar_or_percent_in_quotes_is_no_parameter(warehouse):
    with warehouse.reading() as tx:
        assert tx.fetch("select '$x 100 %', $day -- $none", day=date(2026, 3, 2)) == [
            ("$x 100 %", date(2026, 3, 2))
        ]
        assert tx.fetch("select 7 % 4") == [(3,)]


def test_text_is_ordered_by_code_point(warehouse):
    names = ["a", "B", "é", "Z", "ab", "a-1", "a_1", "A1", "10", "9"]
    with warehouse.transaction() as tx:
        tx.add(
            *(
                AddressDay(address_hash=name, on_day=date(2026, 3, 2), action_id="")
                for name in names
            )
        )
    with warehouse.reading() as tx:
        found = tx.fetch("select address_hash from address_day order by address_hash")
    assert [name for (name,) in found] == sorted(names)


def test_replacing_leaves_the_other_rows_alone(warehouse):
    day = date(2026, 3, 2)
    with warehouse.transaction() as tx:
        tx.add(*(AddressDay(address_hash=h, on_day=day, action_id="old") for h in "abc"))
    with warehouse.transaction() as tx:
        rows = [{"address_hash": h, "on_day": day, "action_id": "new"} for h in "bd"]
        tx.replace("address_day", rows_of("address_day", rows))
        tx.replace("address_day", rows_of("address_day", rows))
    with warehouse.reading() as tx:
        found = tx.fetch("select address_hash, action_id from address_day order by address_hash")
    assert found == [("a", "old"), ("b", "new"), ("c", "old"), ("d", "new")]


@pytest.mark.parametrize("table", ["event", "action"])
def test_the_rows_of_the_ledger_cannot_be_replaced(warehouse, table):
    with warehouse.transaction() as tx, pytest.raises(ValueError, match="never change"):
        tx.replace(table, rows_of(table, []))


def test_a_key_that_is_taken_says_so_and_nothing_is_kept(warehouse):
    first = AddressDay(address_hash="h", on_day=date(2026, 3, 2), action_id="a-1")
    with warehouse.transaction() as tx:
        tx.add(first)
    with pytest.raises(Taken), warehouse.transaction() as tx:  # noqa: PT012  # the loser's story
        tx.add(AddressDay(address_hash="other", on_day=date(2026, 3, 2), action_id="a-2"))
        tx.add(AddressDay(address_hash="h", on_day=date(2026, 3, 2), action_id="a-2"))
    with warehouse.reading() as tx:
        assert tx.fetch("select address_hash, action_id from address_day") == [("h", "a-1")]


def test_an_error_of_the_caller_leaves_nothing(warehouse, an_event):
    with pytest.raises(ZeroDivisionError), warehouse.transaction() as tx:  # noqa: PT012  # in it
        record(tx, [an_event()])
        _ = 1 / 0
    with warehouse.reading() as tx:
        assert tx.fetch("select count(*) from event") == [(0,)]


def test_a_transaction_inside_another_is_an_error_and_a_reading_inside_sees_it(warehouse, an_event):
    with warehouse.transaction() as tx:
        record(tx, [an_event()])
        with warehouse.reading() as inner:
            assert inner.fetch("select count(*) from event") == [(1,)]
        with pytest.raises(RuntimeError, match="inside another"), warehouse.transaction():
            pass
    with warehouse.reading(), pytest.raises(RuntimeError), warehouse.transaction():
        pass


def test_a_reader_of_another_thread_sees_only_what_is_committed(warehouse, an_event):
    seen = []

    def read():
        with warehouse.reading() as tx:
            seen.append(tx.fetch("select count(*) from event")[0][0])

    with warehouse.transaction() as tx:
        record(tx, [an_event()])
        reader = threading.Thread(target=read)
        reader.start()
        reader.join()
    read()
    assert seen == [0, 1]


def test_a_warehouse_of_another_version_is_refused(tmp_path):
    settings = Settings(home=tmp_path)
    with Warehouse.of(settings).transaction() as tx:
        tx.execute("alter table lease add column colour varchar")
        tx.execute("comment on table event is 'older'")
    with pytest.raises(StoreFailed, match="another version"):
        Warehouse(DuckdbFile(tmp_path / "warehouse.duckdb")).reading().__enter__()


HOLD = """
import sys
from pathlib import Path
from datetime import UTC, date, datetime
from callsheet.history import NewEvent, record
from callsheet.settings import Settings
from callsheet.store import copy_text
from callsheet.store.warehouse import Warehouse
with Warehouse.of(Settings(home=Path(sys.argv[1]), warehouse=sys.argv[2])).transaction() as tx:
    moment = datetime(2026, 3, 2, tzinfo=UTC)
    many = [
        NewEvent(f"a-{no}", 1, "action", date(2026, 3, 2), moment, "policy", "planned")
        for no in range(5000)
    ]
    record(tx, many)
    print("holding", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def a_process_that_holds_it(settings_of_engine):
    """Another process in the middle of a transaction with 5,000 events."""
    url = settings_of_engine.warehouse.get_secret_value()
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(settings_of_engine.home), url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout.readline() == b"holding\n"
        yield process
        if process.poll() is None:
            process.kill()


def test_a_kill_in_the_middle_of_a_transaction_leaves_nothing_half(
    settings_of_engine, a_process_that_holds_it, an_event
):
    os.kill(a_process_that_holds_it.pid, signal.SIGKILL)
    a_process_that_holds_it.wait()
    warehouse = Warehouse.of(settings_of_engine)
    with warehouse.transaction() as tx:
        assert tx.fetch("select count(*) from event") == [(0,)]
        assert record(tx, [an_event()]) == [1]


@pytest.mark.parametrize("settings_of_engine", ["duckdb"], indirect=True)
def test_a_held_file_is_waited_for_then_the_process_that_holds_it_is_named(
    settings_of_engine, a_process_that_holds_it
):
    file = DuckdbFile(settings_of_engine.home / "warehouse.duckdb", patience_seconds=0.3)
    with pytest.raises(Busy, match=f"process {a_process_that_holds_it.pid} holds"):
        Warehouse(file).transaction().__enter__()


@pytest.mark.parametrize("settings_of_engine", ["duckdb"], indirect=True)
def test_the_blocks_that_another_process_keeps_are_left_to_it(
    settings_of_engine, a_process_that_holds_it
):
    place = settings_of_engine.home / "warehouse.duckdb"
    blocks = place.with_name("warehouse.duckdb.blocks")
    kept = blocks.read_bytes()
    with pytest.raises(Busy):
        Warehouse(DuckdbFile(place, patience_seconds=0.3)).transaction().__enter__()
    assert blocks.read_bytes() == kept


@pytest.mark.parametrize("settings_of_engine", ["duckdb"], indirect=True)
def test_a_reader_gets_in_when_the_writer_has_ended(settings_of_engine, a_process_that_holds_it):
    threading.Timer(0.3, a_process_that_holds_it.stdin.close).start()
    with Warehouse.of(settings_of_engine).reading() as tx:
        assert tx.fetch("select count(*), max(ledger_seq) from event") == [(5000, 5000)]


def test_two_processes_that_write_at_once_make_one_gapless_ledger(settings_of_engine):
    url = settings_of_engine.warehouse.get_secret_value()
    with Warehouse.of(settings_of_engine).reading():
        pass
    script = HOLD.replace("a-{no}", "{sys.argv[3]}-{no}").replace("range(5000)", "range(500)")
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(settings_of_engine.home), url, name],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )
        for name in ("one", "two", "three")
    ]  # fmt: skip
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    with Warehouse.of(settings_of_engine).reading() as tx:
        assert tx.fetch("select count(*), min(ledger_seq), max(ledger_seq) from event") == [
            (1500, 1, 1500)
        ]
