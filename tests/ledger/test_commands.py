"""`callsheet verify`, as a person types it: what it says and how it ends."""

import json

import pytest
from typer.testing import CliRunner

from callsheet.terminal import audit, verify


@pytest.fixture
def typed(a_ledger, tmp_path, monkeypatch):
    """Type a command on the ledger; return how it ended and what it said."""
    file = tmp_path / "callsheet.yaml"
    file.write_text(f"home: {a_ledger.settings.home}\n")
    if url := a_ledger.settings.warehouse.get_secret_value():
        monkeypatch.setenv("CALLSHEET_WAREHOUSE", url)

    def run(app, *words):
        done = CliRunner().invoke(app, [*words, "--settings", str(file)])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output

    return run


def test_a_whole_ledger_ends_with_zero_and_counts_what_is_not_anchored_yet(typed):
    code, said = typed(verify.app)

    assert code == 0
    assert "48 events in 10 groups, none changed or missing" in said
    assert "vouch up to event 40" in said
    assert "8 events came after: nobody can prove these yet" in said


def test_a_broken_ledger_names_its_first_bad_event_and_ends_with_three(typed, a_ledger):
    events = [event for event in a_ledger.events() if event["ledger_seq"] != 17]
    a_ledger.rewrite(events, a_ledger.groups())

    code, said = typed(verify.app)
    assert code == 3
    assert "BROKEN. First bad event: 17" in said
    code, said = typed(verify.app, "--json")
    assert code == 3
    assert json.loads(said)["first_bad_seq"] == 17


def test_without_anchors_it_says_that_nothing_is_proved_and_ends_with_one(typed, tmp_path):
    code, said = typed(verify.app, "--anchors", str(tmp_path / "nowhere"))

    assert code == 1
    assert "NOT PROVED" in said


def test_a_day_without_decisions_has_only_its_open_actions_to_tell(typed):
    code, said = typed(audit.app, "audit", "not-sent", "--on", "2026-03-02", "--json")

    assert code == 0
    assert json.loads(said)["accounts"] == []
