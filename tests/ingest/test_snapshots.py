"""What is published, day after day: items, exclusions, what changed, and whose messages wait."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from callsheet.errors import PullRejected
from callsheet.reading.rows_set_aside import rows_set_aside
from callsheet.sealing.key_ring import KeyRing
from callsheet.sealing.set_aside import row_as_it_lay
from callsheet.settings import Settings
from callsheet.snapshots import snapshot
from callsheet.snapshots.clearings import clearings_of
from callsheet.snapshots.kept import KeptSnapshots
from callsheet.validation.reasons import REASONS
from callsheet.validation.validated import SnapshotFiles

MONDAY = date(2026, 11, 16)
TUESDAY = date(2026, 11, 17)
# The expectations that these tests need; all of them have tests of their own.
CODES = {
    "no_due_date", "amount_format", "owner_changed", "id_format", "date_format", "reopened",
}  # fmt: skip
FEW = [reason for reason in REASONS if reason.code in CODES | {"due_before_issue"}]


def received(extract, day=MONDAY):
    """Pull, judge against the last good snapshot, and publish."""
    with extract.warehouse.reading() as tx:
        before = snapshot.last_before(tx, "erp", day)
        clearings = clearings_of(tx, "erp", KeptSnapshots(extract.home / "lake"))
    files = snapshot.files_of(before, KeptSnapshots(extract.home / "lake"), clearings)
    return extract.publish(extract.validate(files, FEW, as_of=day), as_of=day)


def test_a_published_snapshot_is_found_and_read(extract):
    ref = received(extract)
    assert ref.entities == ("FR01", "UK01")
    items = extract.seen("open_items", ref)
    assert [row["item"] for row in items] == ["FR01/CN-1", "FR01/INV-1", "FR01/INV-2", "UK01/INV-1"]
    assert extract.seen("payments", ref) == []
    assert extract.seen("quarantined_customers", ref) == []
    with extract.warehouse.reading() as tx:
        assert snapshot.latest(tx, ["erp", "other"], TUESDAY) == [ref]
        assert snapshot.latest(tx, ["erp"], MONDAY - timedelta(days=1)) == []
    manifest = json.loads((extract.home / "lake" / ref.folder / "manifest.json").read_text())
    assert manifest["counts"]["open_items"]["loaded"] == 4
    assert extract.fetched("select kind, state, subject from event") == [
        ("snapshot", "published", ref.snapshot_id)
    ]


def test_nothing_attached_is_empty_tables(extract):
    assert extract.seen("open_items") == []
    assert extract.seen("changed_accounts") == []


def test_b005_the_same_delivery_twice_is_one_snapshot_and_a_line_in_the_history(extract):
    first = received(extract)
    assert received(extract) == first
    assert received(extract) == first
    assert received(extract, TUESDAY) == first
    assert extract.fetched("select count(*) from snapshot") == [(1,)]
    assert extract.fetched("select no, reason, on_day from event order by ledger_seq") == [
        (1, "", MONDAY),
        (2, "duplicate_pull", MONDAY),
        (3, "duplicate_pull", TUESDAY),
    ]


def test_b005_a_mended_mapping_makes_it_another_delivery(extract):
    first = received(extract)
    extract.table("customers")["columns"]["language"] = {"constant": "fr"}
    assert received(extract).snapshot_id != first.snapshot_id


def test_a_bad_row_stops_its_customer_only_and_is_kept_as_it_lay(extract):
    bad = "FR01;INV-9;C3;invoice;2026-09-01;;EUR;5.00;5.00"
    extract.add_items(bad)
    ref = received(extract)
    (waiting,) = extract.seen("quarantined_customers", ref)
    assert (waiting["customer"], waiting["code"]) == ("C3", "no_due_date")
    [(*place, raw)] = extract.fetched(
        "select table_name, line, code, customer, row_key, raw from quarantine"
    )
    assert place == ["open_items", 6, "no_due_date", "C3", "FR01/INV-9"]
    assert row_as_it_lay(KeyRing.of(extract.home), raw, "C3") == bad
    assert "INV-9" not in raw, "sealed: a row may name anybody"
    assert extract.fetched("select rows_in, rows_loaded, rows_quarantined from snapshot") == [
        (13, 12, 1)
    ]


def test_a_known_item_whose_row_is_bad_today_keeps_its_last_good_version(extract):
    received(extract)
    extract.only_items(["FR01;INV-2;C2;invoice;2026-09-15;2026-10-15;EUR;250.50;TBC"])
    ref = received(extract, TUESDAY)
    (row,) = extract.seen("open_items", ref)
    assert (row["item"], row["mark"], str(row["open_amount"])) == ("FR01/INV-2", "kept", "40.000")
    assert extract.seen("quarantined_customers", ref)[0]["customer"] == "C2"


def test_b034_equal_rows_are_counted_as_duplicates_and_loaded_once(extract):
    extract.add_items("FR01;INV-1;C1;invoice;2026-09-01;2026-10-01;EUR;100.00;100.00")
    ref = received(extract)
    assert len(extract.seen("open_items", ref)) == 4
    assert extract.fetched("select rows_duplicate from snapshot") == [(1,)]


def test_a_whole_list_clears_what_it_no_longer_shows(extract):
    received(extract)
    extract.only_items(["UK01;INV-1;C3;invoice;2026-10-01;2026-10-31;GBP;80.00;80.00"])
    extract.write("disputes.csv", "Id;Client;Item;Since\n")
    extract.written("disputes", allow_empty=True)
    ref = received(extract, TUESDAY)
    assert [row["item"] for row in extract.seen("open_items", ref)] == ["UK01/INV-1"]
    assert extract.fetched(
        "select exclusion_id, no, until_day, recorded_on from exclusion order by no"
    ) == [
        ("dispute|erp|D1", 1, None, MONDAY),
        ("dispute|erp|D1", 2, MONDAY, TUESDAY),
    ]
    changed = {(row["customer"], row["entity"]) for row in extract.seen("changed_accounts", ref)}
    assert {("C1", "FR01"), ("C2", "FR01")} <= changed
    assert ("C3", "UK01") not in changed


def test_an_exclusion_that_did_not_change_gets_no_new_version(extract):
    received(extract)
    extract.add_items("FR01;INV-9;C1;invoice;2026-09-01;2026-10-01;EUR;5.00;5.00")
    received(extract, TUESDAY)
    assert extract.fetched("select exclusion_id, no from exclusion") == [("dispute|erp|D1", 1)]


def test_changes_alone_leave_the_rest_as_it_was(extract):
    received(extract)
    extract.mapping["mode"] = "delta"
    extract.only_items(
        [
            "FR01;INV-2;C2;invoice;2026-09-15;2026-10-15;EUR;250.50;30.00",
            "UK01;INV-1;C3;invoice;2026-10-01;2026-10-31;GBP;80.00;0.00",
        ]
    )
    ref = received(extract, TUESDAY)
    items = extract.seen("open_items", ref)
    assert [(row["item"], str(row["open_amount"])) for row in items] == [
        ("FR01/CN-1", "-10.000"), ("FR01/INV-1", "100.000"), ("FR01/INV-2", "30.000"),
    ]  # fmt: skip


def test_a_row_set_aside_stays_aside_until_a_delivery_of_changes_brings_it_again(extract):
    bad = "FR01;INV-9;C3;invoice;2026-09-01;;EUR;5.00;5.00"
    good = "FR01;INV-2;C2;invoice;2026-09-15;2026-10-15;EUR;250.50;30.00"
    extract.mapping["mode"] = "delta"
    extract.only_items([bad, "FR01;INV-8;C1;invoice;2026-09-01;;EUR;5.00;5.00"])
    days = [MONDAY + timedelta(days) for days in range(4)]
    waiting = [extract.seen("quarantined_customers", received(extract, days[0]))]
    for day in days[1:3]:  # INV-8 comes again, as bad as before; of INV-9 nothing is said
        extract.only_items([good, f"FR01;INV-8;C1;invoice;2026-09-{day:%d};;EUR;5.00;5.00"])
        waiting.append(extract.seen("quarantined_customers", received(extract, day)))

    for rows in waiting:
        assert sorted(row["customer"] for row in rows) == ["C1", "C3"]
    assert [row["line"] for row in waiting[2] if row["customer"] == "C3"] == [-1]
    with extract.warehouse.reading() as tx:
        told = rows_set_aside(tx, Settings(home=extract.home))
    assert [(row.where, row.as_it_lay) for row in told if row.customer == "C3"] == [
        ("open_items, an earlier delivery", bad)
    ]
    extract.only_items([bad.replace(";;", ";2026-10-01;")])
    ref = received(extract, days[3])
    assert {row["customer"] for row in extract.seen("quarantined_customers", ref)} == {"C1"}


def test_a_whole_list_forgets_the_rows_set_aside_that_it_no_longer_shows(extract):
    extract.add_items("FR01;INV-9;C3;invoice;2026-09-01;;EUR;5.00;5.00")
    received(extract)
    extract.only_items(["UK01;INV-1;C3;invoice;2026-10-01;2026-10-31;GBP;80.00;80.00"])
    assert extract.seen("quarantined_customers", received(extract, TUESDAY)) == []


def test_b041_a_merged_customers_items_go_over_and_are_not_held(extract):
    received(extract)
    extract.write("merged.csv", "Old;New\nC2;C1\n")
    extract.mapping["tables"]["merged_customers"] = {
        "file": "merged.csv",
        "columns": {"old_customer": "Old", "customer": "New"},
    }
    ref = received(extract, TUESDAY)
    assert {row["customer"] for row in extract.seen("open_items", ref)} == {"C1", "C3"}
    assert extract.seen("disputes", ref)[0]["customer"] == "C1"
    assert extract.seen("quarantined_customers", ref) == []


def test_b040_an_item_that_changed_hands_waits_until_a_person_says_yes(extract):
    received(extract)
    extract.only_items(["FR01;INV-2;C1;invoice;2026-09-15;2026-10-15;EUR;250.50;40.00"])
    extract.write("disputes.csv", "Id;Client;Item;Since\n")
    extract.written("disputes", allow_empty=True)
    held = received(extract, TUESDAY)
    waiting = extract.seen("quarantined_customers", held)
    assert {row["customer"] for row in waiting} == {"C1", "C2"}
    assert [row["customer"] for row in extract.seen("open_items", held)] == ["C2"]
    extract.mapping["confirmed"] = [
        {"code": "owner_changed", "key": "FR01/INV-2", "by": "J. Martin", "on": "2026-11-18"}
    ]
    ref = received(extract, date(2026, 11, 18))
    assert [row["customer"] for row in extract.seen("open_items", ref)] == ["C1"]


def test_b037_zeros_that_excel_ate_are_found_by_the_length_rule(extract):
    extract.mapping["ids"] = {"customer": {"length": 2}}
    extract.write("customers.csv", "Client;Name\nC1;A\nC2;B\nC3;C\nC;D\n")
    received(extract)
    assert extract.fetched("select code, found from quarantine") == [("id_format", "customer C")]


def test_b065_due_before_issue_is_loaded_where_terms_are_immediate(extract):
    extract.table("open_items")["due_before_issue"] = "accept"
    extract.add_items("FR01;INV-9;C1;invoice;2026-09-02;2026-09-01;EUR;5.00;5.00")
    received(extract)
    assert extract.fetched("select rows_quarantined from snapshot") == [(0,)]


def test_b046_a_tiny_balance_is_loaded_for_the_decision_to_leave_alone(extract):
    extract.add_items("FR01;INV-9;C1;invoice;2026-09-01;2026-10-01;EUR;0.37;0.37")
    ref = received(extract)
    assert "FR01/INV-9" in {row["item"] for row in extract.seen("open_items", ref)}


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("date_format", "FR01;X-{no};C1;invoice;13/04/2026;2026-10-01;EUR;5.00;5.00"),
        ("suspect_columns", "FR01;X-{no};C1;invoice;2026-10-01;2026-09-01;EUR;5.00;5.00"),
    ],
    ids=["B061 days above one percent", "B011 swapped columns"],
)
def test_too_many_wrong_days_reject_the_whole_pull(extract, code, line):
    extract.add_items(*(line.format(no=no) for no in range(3)))
    with pytest.raises(PullRejected) as found:
        received(extract)
    assert found.value.code == code
    assert extract.fetched("select count(*) from snapshot") == [(0,)]
    assert not (extract.home / "lake").exists()


def test_a_rejected_pull_leaves_the_last_good_snapshot_until_it_is_stale(extract):
    ref = received(extract)
    extract.write("items.csv", b"")
    with pytest.raises(PullRejected) as found:
        received(extract, TUESDAY)
    moment = datetime(2026, 11, 17, 5, tzinfo=UTC)
    snapshot.note_rejection(extract.warehouse, "erp", found.value, TUESDAY, moment)
    assert extract.fetched("select state, reason from event order by ledger_seq desc limit 1") == [
        ("rejected", "empty_file")
    ]
    with extract.warehouse.reading() as tx:
        assert snapshot.latest(tx, ["erp"], TUESDAY) == [ref]
    snapshot.refuse_stale([ref], [extract.source], moment)  # 24 hours old, 26 are allowed
    for too_late in (moment + timedelta(hours=3), moment + timedelta(days=3)):
        with pytest.raises(PullRejected) as stale:
            snapshot.refuse_stale([ref], [extract.source], too_late)
        assert stale.value.code == "stale_data"
    with pytest.raises(PullRejected):
        snapshot.refuse_stale([], [extract.source], moment)


def test_the_files_of_the_day_before_serve_as_the_last_good_version(extract):
    ref = received(extract)
    with extract.warehouse.reading() as tx:
        before = snapshot.last_before(tx, "erp", TUESDAY)
    assert snapshot.files_of(before, KeptSnapshots(extract.home / "lake")) == SnapshotFiles(
        ref.snapshot_id, MONDAY, extract.home / "lake" / ref.folder
    )


def a_promise(extract, *, until="", grace=2):
    """Publish a promise for Thursday 24 December on an invoice of each entity."""
    extract.write(
        "promises.csv",
        f"Id;Client;Item;Kind;Promised;Since;Until\n"
        f"P1;C1;FR01/INV-1;promise;2026-12-24;2026-11-10;{until}\n"
        f"P2;C3;UK01/INV-1;promise;2026-12-24;2026-11-10;{until}\n",
    )
    extract.mapping["tables"]["specific_actions"] = {
        "file": "promises.csv",
        "columns": {
            "specific_action": "Id", "customer": "Client", "item": "Item", "kind": "Kind",
            "promised_on": "Promised", "from_day": "Since", "until_day": "Until",
        },
    }  # fmt: skip
    validated = extract.validate(None, FEW, as_of=MONDAY)
    moment = datetime(2026, 11, 16, 5, 30, tzinfo=UTC)
    kept = KeptSnapshots(extract.home / "lake")
    snapshot.publish(validated, extract.warehouse, kept, MONDAY, moment, promise_grace=grace)
    return dict(
        extract.fetched("select item, until_day from exclusion where promised_on is not null")
    )


def test_a_promise_of_the_erp_ends_with_the_grace_after_its_day(extract):
    assert a_promise(extract) == {
        "FR01/INV-1": date(2026, 12, 29),  # two working days after Christmas Eve: Monday, Tuesday
        "UK01/INV-1": date(2026, 12, 30),  # Boxing Day fell on a Saturday: Monday is closed there
    }


def test_no_grace_ends_a_promise_of_the_erp_on_its_day(extract):
    assert set(a_promise(extract, grace=0).values()) == {date(2026, 12, 24)}


def test_the_end_that_the_erp_tells_of_a_promise_stands(extract):
    assert set(a_promise(extract, until="2026-12-25").values()) == {date(2026, 12, 25)}


def test_b043_an_item_that_a_list_left_out_for_days_waits_for_a_person_when_it_is_open_again(
    extract,
):
    received(extract)
    left_out = ["UK01;INV-1;C3;invoice;2026-10-01;2026-10-31;GBP;80.00;80.00"]
    extract.only_items(left_out)
    extract.write("disputes.csv", "Id;Client;Item;Since\n")
    extract.written("disputes", allow_empty=True)
    received(extract, TUESDAY)
    extract.only_items([*left_out, "FR01;INV-8;C3;invoice;2026-10-01;2026-10-31;EUR;8.00;8.00"])
    received(extract, date(2026, 11, 18))

    extract.only_items([*left_out, "FR01;INV-2;C2;invoice;2026-09-15;2026-10-15;EUR;250.50;40.00"])
    ref = received(extract, date(2026, 11, 19))
    assert [row["item"] for row in extract.seen("open_items", ref)] == ["UK01/INV-1"]
    [held] = extract.seen("quarantined_customers", ref)
    assert (held["customer"], held["code"], held["found"]) == (
        "C2", "reopened", "cleared on 2026-11-16",
    )  # fmt: skip

    extract.mapping["confirmed"] = [
        {"code": "reopened", "key": "FR01/INV-2", "by": "J. Martin", "on": "2026-11-20"}
    ]
    ref = received(extract, date(2026, 11, 20))
    assert {row["item"] for row in extract.seen("open_items", ref)} == {"FR01/INV-2", "UK01/INV-1"}

    del extract.mapping["confirmed"]  # what was open yesterday is not open again
    extract.only_items([*left_out, "FR01;INV-2;C2;invoice;2026-09-15;2026-10-15;EUR;250.50;39.00"])
    ref = received(extract, date(2026, 11, 21))
    assert extract.seen("quarantined_customers", ref) == []
