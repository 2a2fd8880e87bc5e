"""The ledger: gapless, append-only, one winner per step, the same on both engines."""

import json
import subprocess
import sys
import threading
from datetime import UTC, date, datetime, timedelta

import pytest

from callsheet.errors import Busy, Taken, UsageInvalid
from callsheet.group_commit import Committer
from callsheet.history import record, states_of
from callsheet.keys import digest
from callsheet.proof.verification import verify
from callsheet.store.duckdb_store import DuckdbFile
from callsheet.store.warehouse import Warehouse


def recorded(warehouse):
    with warehouse.reading() as tx:
        return tx.fetch("select ledger_seq, subject, no, state from event order by ledger_seq")


def test_events_are_numbered_without_a_gap_across_transactions(warehouse, an_event):
    with warehouse.transaction() as tx:
        assert record(tx, [an_event("a-1"), an_event("a-2")]) == [1, 2]
    with pytest.raises(Taken), warehouse.transaction() as tx:
        record(tx, [an_event("a-3"), an_event("a-2")])
    with warehouse.transaction() as tx:
        assert record(tx, [an_event("a-3")]) == [3]

    assert [row[0] for row in recorded(warehouse)] == [1, 2, 3]


def test_groups_follow_each_other_through_an_undone_one_and_another_process(
    warehouse, an_event, tmp_path
):
    def others():  # as another process sees the embedded file
        store = DuckdbFile(warehouse._store.path) if warehouse.kind == "duckdb" else None
        return Warehouse(store, warehouse._home) if store else warehouse

    with warehouse.held():
        for subject in ("a-1", "a-2"):
            with warehouse.transaction() as tx:
                record(tx, [an_event(subject)])
        with pytest.raises(Busy), warehouse.transaction() as tx:  # noqa: PT012  # it is undone
            record(tx, [an_event("a-3")])
            raise Busy("undone")
        with warehouse.transaction() as tx:
            record(tx, [an_event("a-3")])
    for who, subject in ((others(), "a-4"), (warehouse, "a-5")):
        with who.transaction() as tx:
            record(tx, [an_event(subject)])

    with warehouse.reading() as tx:
        groups = tx.fetch("select group_no, first_seq, last_seq from batch_anchor order by 1")
        assert groups == [(no, no, no) for no in range(1, 6)]
    assert verify(warehouse, tmp_path / "anchors").fault is None


def test_a_lost_race_leaves_nothing_half_even_when_the_loser_carries_on(warehouse, an_event):
    with warehouse.transaction() as tx:
        record(tx, [an_event("a-1")])
    with pytest.raises(Taken), warehouse.transaction() as tx:  # noqa: PT012  # the loser's story
        record(tx, [an_event("b-1")])
        with pytest.raises(Taken):
            record(tx, [an_event("a-1")])

    assert recorded(warehouse) == [(1, "a-1", 1, "planned")]


def test_only_one_of_many_senders_takes_a_step(warehouse, an_event):
    with warehouse.transaction() as tx:
        record(tx, [an_event("a-1"), an_event("a-1", 2, "confirmed")])
    outcomes = []

    def send(committer):
        try:
            committer.submit(an_event("a-1", 3, "sending"))
            outcomes.append("sent")
        except Taken:
            outcomes.append("left to another")

    with Committer(warehouse) as one, Committer(warehouse) as other:
        senders = [
            threading.Thread(target=send, args=[committer]) for committer in (one, other) * 4
        ]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()

    assert sorted(outcomes) == ["left to another"] * 7 + ["sent"]
    assert [row[0] for row in recorded(warehouse)] == [1, 2, 3]


def test_what_a_sender_submitted_is_durable_when_it_goes_on(warehouse, an_event):
    with Committer(warehouse) as committer:
        for no in range(1, 21):
            committer.submit(an_event(f"a-{no}"))
            assert len(recorded(warehouse)) == no


def test_a_wrong_event_does_not_stop_the_others_of_its_group(warehouse, an_event):
    refused = []

    def send(committer, no):
        try:
            committer.submit(an_event(f"a-{no}", 1, "sending" if no == 7 else "planned"))
        except UsageInvalid as problem:
            refused.append((no, str(problem)))

    with Committer(warehouse) as committer:
        senders = [threading.Thread(target=send, args=[committer, no]) for no in range(16)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()

    assert refused == [(7, "action a-7 is new: it cannot become sending")]
    assert [row[0] for row in recorded(warehouse)] == list(range(1, 16))


def test_no_arrow_leaves_a_final_state(warehouse, an_event):
    with warehouse.transaction() as tx:
        record(tx, [an_event("a-1"), an_event("a-1", 2, "cancelled", reason="paid")])
    with pytest.raises(UsageInvalid, match="is cancelled"), warehouse.transaction() as tx:
        record(tx, [an_event("a-1", 3, "sending")])


def test_a_step_of_an_action_cannot_be_left_out(warehouse, an_event):
    with pytest.raises(UsageInvalid, match="no event 1 before 2"), warehouse.transaction() as tx:
        record(tx, [an_event("a-1", 2, "confirmed")])


def test_the_state_before_that_a_sender_has_read_need_not_be_asked_again(warehouse, an_event):
    with warehouse.transaction() as tx:
        record(tx, [an_event("a-1"), an_event("a-1", 2, "confirmed")])
    with pytest.raises(UsageInvalid, match="is confirmed"), warehouse.transaction() as tx:
        record(tx, [an_event("a-1", 3, "accepted", before="confirmed")])
    with warehouse.transaction() as tx:
        record(tx, [an_event("a-1", 3, "sending", before="confirmed")])
    with pytest.raises(Taken), warehouse.transaction() as tx:
        record(tx, [an_event("a-1", 3, "sending", before="confirmed")])
    with warehouse.reading() as tx:
        assert states_of(tx) == {"a-1": (3, "sending")}
        assert states_of(tx, ["a-1", "unknown"]) == {"a-1": (3, "sending")}


def test_a_body_holds_every_field_and_its_hash_is_its_leaf(warehouse, an_event):
    paris = datetime(2026, 3, 2, 7, 30, tzinfo=UTC).astimezone()
    event = an_event(
        "a-1", reason="", happened_at=paris, customer="Çelik", detail={"amount": "10.00", "n": [1]}
    )
    with warehouse.transaction() as tx:
        record(tx, [event])
    with warehouse.reading() as tx:
        [(body, leaf, shard)] = tx.fetch("select body, leaf_hash, shard from event")

    assert leaf == digest(body)
    assert 0 <= shard < 256
    assert json.loads(body) == {
        "v": 1, "ledger_seq": 1, "subject": "a-1", "no": 1, "kind": "action", "state": "planned",
        "reason": "", "on_day": "2026-03-02", "happened_at": "2026-03-02T07:30:00.000000Z",
        "author": "policy", "unit": "C1|FR", "customer": "Çelik", "entity": "FR",
        "detail": {"amount": "10.00", "n": [1]},
    }  # fmt: skip


def test_a_moment_without_a_time_zone_is_refused(warehouse, an_event):
    with pytest.raises(ValueError, match="no time zone"), warehouse.transaction() as tx:
        record(tx, [an_event(happened_at=datetime(2026, 3, 2, 6, 30))])  # noqa: DTZ001


@pytest.mark.parametrize("count", [20_000, pytest.param(100_000, marks=pytest.mark.nightly)])
def test_many_thousand_events_are_recorded_in_one_go(count, warehouse, an_event):
    first = datetime(2026, 3, 2, tzinfo=UTC)
    many = [
        an_event(f"a-{no:06}", happened_at=first + timedelta(seconds=no), on_day=date(2026, 3, 2))
        for no in range(count)
    ]
    with warehouse.transaction() as tx:
        assert record(tx, many)[-1] == count
    with warehouse.reading() as tx:
        hashes = tx.fetch("select count(*), count(distinct leaf_hash) from event")
        assert hashes == [(count, count)]
        assert len(states_of(tx)) == count


def test_an_outcome_is_recorded_though_somebody_else_held_the_file_beyond_our_patience(
    tmp_path, an_event
):
    place = tmp_path / "warehouse.duckdb"
    warehouse = Warehouse(DuckdbFile(place, patience_seconds=0.05), tmp_path)
    with warehouse.transaction() as tx:
        record(tx, [an_event("a-1")])
    look = f"import duckdb; c = duckdb.connect({str(place)!r}, read_only=True); print(flush=True)"

    with Committer(warehouse) as committer:
        reader = subprocess.Popen(
            [sys.executable, "-c", f"{look}; input()"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert reader.stdout.readline()
        told = threading.Thread(target=committer.submit, args=[an_event("a-1", 2, "confirmed")])
        told.start()
        told.join(timeout=0.5)
        reader.communicate(b"\n")
        told.join()

    assert [row[0] for row in recorded(warehouse)] == [1, 2]
