"""Somebody rewrites the database and rebuilds every hash in it: the anchors outside tell."""

import pytest

from callsheet.proof.anchors import folder_of

SOME, MANY = 3, 100


def play_tamperings(ledger, tampering, rewrite_history, count):
    with ledger.warehouse.held():  # the embedded file is opened once, not a thousand times
        play(ledger, tampering, rewrite_history, count)


def play(ledger, tampering, rewrite_history, count):
    honest = ledger.events(), ledger.groups()
    for number in range(count):
        seed = f"{tampering.__name__} {number}"
        first = rewrite_history(ledger, tampering, honest, seed)
        verdict = ledger.verified()
        assert verdict.fault is not None, f"not found: {seed}, event {first}"
        assert verdict.fault.code in {"anchor", "truncated"}, seed
        assert verdict.fault.seq <= first <= verdict.fault.until, seed
    ledger.rewrite(*honest)
    assert ledger.verified().is_proved


def test_a_rebuilt_ledger_is_found_out_by_the_anchors_kept_outside(
    a_ledger, tampering, rewrite_history
):
    play_tamperings(a_ledger, tampering, rewrite_history, SOME)


@pytest.mark.nightly
def test_a_hundred_rebuilt_ledgers_of_each_kind_are_found_out(a_ledger, tampering, rewrite_history):
    play_tamperings(a_ledger, tampering, rewrite_history, MANY)


def test_without_anchors_a_rebuilt_ledger_looks_whole_and_is_called_unproved(
    a_ledger, rewrite_history, tmp_path
):
    honest = a_ledger.events(), a_ledger.groups()
    rewrite_history(a_ledger, lambda events, _: [*events[:9], *events[10:]], honest, 1)

    verdict = a_ledger.verified(tmp_path / "none")
    assert verdict.fault is None
    assert not verdict.is_proved


def test_what_was_recorded_after_the_last_anchor_is_counted_as_not_provable(a_ledger):
    verdict = a_ledger.verified()

    assert verdict.is_proved
    assert (verdict.events, verdict.anchored_through, verdict.unanchored) == (48, 40, 8)


def test_nobody_can_tell_a_forged_tail(a_ledger, rewrite_history):
    honest = a_ledger.events(), a_ledger.groups()
    rewrite_history(a_ledger, lambda events, _: events[:-3], honest, 1)

    verdict = a_ledger.verified()
    assert verdict.fault is None
    assert verdict.unanchored == 5


def test_a_ledger_begun_anew_is_not_taken_for_the_one_that_was_anchored(a_ledger, rewrite_history):
    honest = a_ledger.events(), a_ledger.groups()
    rewrite_history(a_ledger, lambda events, _: events[1:2], honest, 1)

    verdict = a_ledger.verified()
    assert verdict.fault is not None
    assert verdict.fault.seq == 1


def test_several_ledgers_in_a_folder_vouch_for_none_but_their_own(a_ledger, rewrite_history):
    anchors = folder_of(a_ledger.settings)
    (anchors / "another.jsonl").write_text("")
    assert not a_ledger.verified().is_proved

    honest = a_ledger.events(), a_ledger.groups()
    rewrite_history(a_ledger, lambda events, _: events[1:2], honest, 1)
    verdict = a_ledger.verified()
    assert verdict.fault is not None
    assert verdict.fault.code == "other_ledger"


def test_an_emptied_ledger_is_told_by_its_anchors(a_ledger):
    a_ledger.rewrite([], [])

    verdict = a_ledger.verified()
    assert verdict.fault is not None
    assert verdict.fault.seq == 1
