"""Somebody changes rows and leaves the rest as it is: the very event is named."""

from datetime import UTC, date, datetime

import pytest

from callsheet.history import record
from callsheet.proof.ledger import merkle_root
from callsheet.proof.ledger_walk import Blocks, Walk
from callsheet.proof.verification import verify
from callsheet.store.warehouse import Warehouse


def changed(ledger, seq, **columns):
    """Rewrite one event, its own hashes and everybody else's left as they are."""
    events = [
        {**event, **columns} if event["ledger_seq"] == seq else event for event in ledger.events()
    ]
    ledger.rewrite(events, ledger.groups())


CONTRADICTIONS = {
    "author": "somebody else",
    "state": "cancelled",
    "reason": "paid",
    "customer": "C99",
    "unit": "C99|FR",
    "entity": "DE",
    "kind": "letter",
    "shard": 300,
    "on_day": date(2026, 1, 1),
    "happened_at": datetime(2026, 1, 1, tzinfo=UTC),
}


def test_a_column_that_is_not_what_the_body_says_is_named(a_ledger):
    honest = a_ledger.events(), a_ledger.groups()
    for column, content in CONTRADICTIONS.items():
        changed(a_ledger, 17, **{column: content})
        fault = a_ledger.verified().fault
        assert (fault.seq, fault.code) == (17, column)
        a_ledger.rewrite(*honest)

    changed(a_ledger, 17, subject="a-99")
    assert a_ledger.verified().fault.seq == 17


def test_a_changed_body_is_named_whoever_changed_its_hash_too(a_ledger):
    honest = a_ledger.events(), a_ledger.groups()
    changed(a_ledger, 17, body=honest[0][16]["body"].replace("policy", "Policy"))
    assert a_ledger.verified().fault.code == "leaf"
    assert a_ledger.verified().fault.seq == 17

    changed(a_ledger, 17, body="{")
    assert a_ledger.verified().fault.seq == 17


def test_a_missing_event_is_named(a_ledger):
    events = [event for event in a_ledger.events() if event["ledger_seq"] != 17]
    a_ledger.rewrite(events, a_ledger.groups())

    fault = a_ledger.verified().fault
    assert (fault.seq, fault.code) == (17, "missing")


def test_missing_last_events_are_named(a_ledger):
    a_ledger.rewrite(a_ledger.events()[:46], a_ledger.groups())

    assert a_ledger.verified().fault.seq == 47


def test_an_event_without_a_group_is_named(a_ledger):
    a_ledger.rewrite(a_ledger.events(), a_ledger.groups()[:-1])

    fault = a_ledger.verified().fault
    assert (fault.seq, fault.code) == (46, "ungrouped")


@pytest.mark.parametrize(("column", "code"), [("root", "root"), ("chain", "chain")])
def test_a_group_that_its_events_do_not_give_is_named_by_its_first_event(a_ledger, column, code):
    groups = a_ledger.groups()
    groups[3][column] = "0" * 64
    a_ledger.rewrite(a_ledger.events(), groups)

    fault = a_ledger.verified().fault
    assert (fault.seq, fault.until, fault.code) == (16, 20, code)


def test_a_subject_s_numbers_leave_no_gap_even_when_every_hash_is_right(a_ledger, an_event):
    with a_ledger.warehouse.transaction() as tx:
        record(tx, [an_event("plan:1", 2, "", kind="plan")])

    fault = a_ledger.verified().fault
    assert (fault.seq, fault.code) == (49, "misnumbered")
    assert fault.found == "plan:1: event 2 where 1 should be"


def test_the_size_of_the_blocks_changes_nothing(a_ledger):
    honest = a_ledger.events(), a_ledger.groups()
    for events, groups in ((1, 1), (7, 3), (48, 10), (1000, 1000)):
        with a_ledger.warehouse.reading() as tx:
            walk = Walk(tx, {}, Blocks(events, groups))
            assert walk.first_fault() is None
            assert (walk.events, walk.groups) == (48, 10)

        changed(a_ledger, 17, author="somebody else")
        with a_ledger.warehouse.reading() as tx:
            assert Walk(tx, {}, Blocks(events, groups)).first_fault().seq == 17
        a_ledger.rewrite(*honest)


def test_a_root_is_of_the_very_leaves_in_their_order():
    leaves = [bytes([number]) * 32 for number in range(250)] * 10
    root = merkle_root(leaves)

    assert merkle_root(iter(leaves)) == root
    assert merkle_root(leaves[:-1]) != root
    assert merkle_root([leaves[1], leaves[0], *leaves[2:]]) != root
    assert merkle_root([*leaves, leaves[-1]]) != root
    assert merkle_root(leaves[:1]) == leaves[0]


def test_an_empty_warehouse_has_nothing_to_prove(settings_of_engine, tmp_path):
    verdict = verify(Warehouse.of(settings_of_engine), tmp_path / "anchors")
    assert verdict.is_proved
    assert (verdict.events, verdict.fault) == (0, None)
