"""Anchors: written outside, never lost by half, and nothing leaves without them."""

import json
import sys

import pytest

from callsheet.history import record
from callsheet.proof.anchors import (
    AnchorFailed,
    LedgerReplaced,
    Occasion,
    anchor,
    folder_of,
    read_anchors,
)
from callsheet.store.warehouse import Warehouse


def test_an_anchor_names_the_last_event_the_chain_and_what_may_leave(a_ledger, settings_of_engine):
    taken = anchor(
        a_ledger.warehouse, settings_of_engine, a_ledger.events()[-1]["happened_at"],
        Occasion.FIRST_SEND, actions=["a-1", "a-2"],
    )  # fmt: skip
    [place] = folder_of(settings_of_engine).iterdir()
    said = json.loads(place.read_text().splitlines()[-1])

    assert place.name == f"{taken.ledger}.jsonl"
    assert said["actions"] == ["a-1", "a-2"]
    assert (said["seq"], said["group"], said["why"]) == (48, 10, "first_send")
    assert said["chain"] == a_ledger.groups()[-1]["chain"]
    assert a_ledger.verified().unanchored == 0


def test_an_empty_ledger_has_no_anchor(settings_of_engine, an_event):
    now = an_event().happened_at
    warehouse = Warehouse.of(settings_of_engine)

    assert anchor(warehouse, settings_of_engine, now, Occasion.BATCH_END) is None
    assert not folder_of(settings_of_engine).exists()


def test_a_line_that_a_crash_cut_off_is_counted_and_the_next_one_is_whole(
    a_ledger, settings_of_engine, an_event
):
    [place] = folder_of(settings_of_engine).iterdir()
    whole = place.read_text()
    place.write_text(whole + whole.splitlines()[-1][:40])
    anchor(a_ledger.warehouse, settings_of_engine, an_event().happened_at, Occasion.BATCH_END)

    verdict = a_ledger.verified()
    assert verdict.is_proved
    assert (verdict.unreadable_lines, verdict.unanchored) == (1, 0)


def test_a_restored_backup_is_refused_before_anything_leaves(
    a_ledger, settings_of_engine, an_event
):
    events, groups = a_ledger.events(), a_ledger.groups()
    a_ledger.rewrite(events[:20], groups[:4])

    with pytest.raises(LedgerReplaced, match="event 40 in group 8"):
        anchor(a_ledger.warehouse, settings_of_engine, an_event().happened_at, Occasion.FIRST_SEND)
    fault = a_ledger.verified().fault
    assert (fault.code, fault.seq) == ("truncated", 21)


def test_a_folder_that_cannot_be_written_stops_what_needs_the_anchor(
    a_ledger, settings_of_engine, an_event, tmp_path
):
    (tmp_path / "a file").write_text("")
    settings = settings_of_engine.model_copy(update={"anchors": tmp_path / "a file"})

    with pytest.raises(AnchorFailed, match="CALLSHEET_ANCHORS"):
        anchor(a_ledger.warehouse, settings, an_event().happened_at, Occasion.FIRST_SEND)


def test_a_command_is_given_each_anchor_and_its_failure_is_ours(
    a_ledger, settings_of_engine, an_event, tmp_path
):
    copy = tmp_path / "elsewhere"
    write = f"import sys; open({str(copy)!r}, 'a').write(sys.stdin.read())"
    now = an_event().happened_at
    settings = settings_of_engine.model_copy(
        update={"anchor_command": (sys.executable, "-c", write)}
    )
    taken = anchor(a_ledger.warehouse, settings, now, Occasion.CONFIRMATION)
    assert copy.read_text() == taken.line + "\n"

    settings = settings_of_engine.model_copy(update={"anchor_command": ("false",)})
    with pytest.raises(AnchorFailed, match="anchor_command false"):
        anchor(a_ledger.warehouse, settings, now, Occasion.CONFIRMATION)


def test_two_anchors_that_contradict_each_other_are_a_fault(a_ledger, settings_of_engine):
    [place] = folder_of(settings_of_engine).iterdir()
    first = json.loads(place.read_text().splitlines()[0])
    with place.open("a") as file:
        file.write(json.dumps(first | {"chain": "0" * 64}) + "\n")

    known = read_anchors(place.parent, place.stem)
    assert len(known.by_group) == 4
    assert a_ledger.verified().fault.code == "anchor"


def test_anchors_with_thousands_of_actions_are_read_from_their_end(
    a_ledger, settings_of_engine, an_event
):
    now, ids = an_event().happened_at, [f"{number:036}" for number in range(5000)]
    anchor(a_ledger.warehouse, settings_of_engine, now, Occasion.FIRST_SEND, actions=ids)
    with a_ledger.warehouse.transaction() as tx:
        record(tx, [an_event("a-new")])
    anchor(a_ledger.warehouse, settings_of_engine, now, Occasion.BATCH_END)

    assert a_ledger.verified().unanchored == 0
