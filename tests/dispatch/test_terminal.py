"""The commands as they are typed: what they say, and what they write down."""

import json

import pytest
import typer
import yaml
from typer.testing import CliRunner

from callsheet.dispatching.suppression import Dead, suppressing
from callsheet.errors import UsageInvalid
from callsheet.history import record
from callsheet.terminal import confirm, dispatch, edit, people, suppressed


@pytest.fixture
def typed(company, tmp_path):
    """Type a command on the company as of its Monday; return what it printed."""
    company.customer("C1")
    company.customer("C2")
    company.pull()
    file = tmp_path / "callsheet.yaml"
    root = company.settings.scenarios.parent
    file.write_text(
        yaml.safe_dump(
            {
                "environment": "sample",
                "sample_day": company.as_of,
                "home": str(company.settings.home),
                "sources": [{"name": "erp", "folder": ".", "mapping": "mapping.yaml"}],
                "scenarios": str(root / "scenarios"),
                "templates": str(root / "templates"),
            }
        )
    )
    app = typer.Typer()
    for part in (confirm, dispatch, edit, people, suppressed):
        app.add_typer(part.app)

    def type_(*words):
        result = CliRunner().invoke(
            app, [*words, "--settings", str(file)], catch_exceptions=False, standalone_mode=False
        )
        return result.stdout

    return type_


def test_confirm_first_shows_the_list_then_confirms_and_sends_it(company, typed):
    plan = company.plan(
        {"customer": "C1", "step": "email-3"}, {"customer": "C2", "step": "email-3"}
    )
    ids = plan.actions["email"]

    shown = typed("confirm")
    assert "FR1: 2 to confirm, 2,000.00 EUR" in shown
    assert "Client C1 (C1)" in shown

    said = typed("confirm", "--except", ids[0][:8], "--by", "Paul")
    assert "FR1: 1 confirmed by Paul over 1,000.00 EUR, 1 left for later" in said
    assert "1 accepted" in said
    assert sorted(company.states().values()) == ["accepted", "planned"]


def test_confirm_wants_a_name_and_one_choice(company, typed):
    company.plan({"customer": "C1", "step": "email-3"})

    with pytest.raises(UsageInvalid, match="--by"):
        typed("confirm", "--all")
    with pytest.raises(UsageInvalid, match="choose one"):
        typed("confirm", "--all", "--none", "--by", "Paul")


def test_confirm_speaks_json(company, typed):
    company.plan({"customer": "C1", "step": "email-3"})

    said = json.loads(typed("confirm", "--all", "--by", "Paul", "--json"))

    assert said["lists"][0]["sums"] == {"EUR": "1000.000"}
    assert len(said["confirmed"][0]["confirmed"]) == 1


def test_confirm_takes_exactly_the_list_that_was_read(company, typed):
    company.plan({"customer": "C1", "step": "email-3"})
    read = json.loads(typed("confirm", "--json"))["lists"][0]["digest"]
    company.plan({"customer": "C2", "step": "email-3"})

    with pytest.raises(UsageInvalid, match="no such list was frozen"):
        typed("confirm", "--list", read[:12], "--all", "--by", "Paul")
    now = json.loads(typed("confirm", "--json"))["lists"][0]["digest"]
    assert "Nothing was confirmed" in typed("confirm", "--all", "--by", "Paul", "--dry-run")
    assert "2 confirmed" in typed("confirm", "--list", now[:12], "--all", "--by", "Paul")
    assert "0 confirmed" in typed("confirm", "--list", now[:12], "--all", "--by", "Paul")


def test_confirm_says_which_lines_are_dropped_and_why(company, typed):
    company.plan({"customer": "C1", "step": "email-3"})
    company.tables["open_items"] = [
        one for one in company.tables["open_items"] if one["customer"] != "C1"
    ]
    company.pull()

    said = typed("confirm", "--all", "--by", "Paul")
    assert "0 confirmed by Paul, 0 left for later, 1 no longer to be sent" in said
    assert "dropped: what it claims has been paid" in said


def test_a_text_is_edited_looked_at_first_and_taken_back(company, typed, tmp_path, monkeypatch):
    [[key]] = company.plan({"customer": "C1", "step": "email-3"}).actions.values()
    text = tmp_path / "text.txt"
    text.write_text("Un mot de ma main.\n")
    words = ("edit", key[:8], "--text-file", str(text), "--by", "Anne")

    assert "+Un mot de ma main." in typed(*words, "--dry-run")
    assert company.states() == {"C1 email-3": "planned"}
    told = json.loads(typed(*words, "--subject", "Entre nous", "--json"))
    assert (told["author"], told["after"]["subject"]) == ("Anne", "Entre nous")
    assert company.states() == {"C1 email-3": "planned text_edited"}
    assert "to be confirmed" in typed("edit", key[:8], "--undo", "--by", "Anne")

    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\nsed -i '1s/.*/Subject: De vive voix/' \"$1\"\n")
    editor.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(editor))
    assert "+Subject: De vive voix" in typed("edit", key[:8], "--by", "Anne")
    editor.write_text("#!/bin/sh\nexit 0\n")
    with pytest.raises(UsageInvalid, match="without saving"):
        typed("edit", key[:8], "--by", "Anne")


def test_dispatch_shows_what_would_go_and_sends_nothing(company, typed):
    company.plan({"customer": "C1", "step": "email-1"})

    assert "C1" in typed("dispatch", "--dry-run")
    assert company.outbox() == []
    assert "1 accepted" in typed("dispatch")
    assert typed("dispatch") == "Nothing was to be sent.\n"


def test_a_promise_says_how_it_is_taken_back(company, typed):
    said = typed("promise", "C1", "2026-11-20", "--by", "Anne")

    assert "left in peace until 2026-11-24" in said
    undo = said.splitlines()[-1].removeprefix("To take it back: callsheet ")
    assert "it never counted" in typed(*undo.split())


def test_a_call_a_skip_a_dispute_and_a_hold_as_they_are_typed(company, typed):
    plan = company.plan(
        {"customer": "C1", "step": "phone-1"}, {"customer": "C2", "step": "phone-1"}
    )
    first, second = plan.actions["phone"]

    assert "reached" in typed("done", first[:8], "--outcome", "reached", "--by", "Anne")
    assert "trade fair" in typed("skip", second[:8], "--why", "met at the trade fair")
    disputed = typed("dispute", "F-C1", "--reason", "price", "--amount", "100.00")
    assert "C1 disputes 100.00 EUR of F-C1: price" in disputed
    assert "rejected" in typed("resolve", "F-C1", "--outcome", "rejected")
    assert "until it is released" in typed("hold", "C2", "--why", "talks")
    assert "today is its last day" in typed("release", "C2")


def test_an_amount_that_is_none_is_refused(typed):
    with pytest.raises(UsageInvalid, match="not an amount"):
        typed("dispute", "F-C1", "--reason", "price", "--amount", "a lot")


def test_suppressed_addresses_are_listed_and_lifted_with_a_reason(company, typed):
    assert "No address is suppressed." in typed("suppressed", "list")
    company.plan({"customer": "C1", "step": "email-1"})
    with company.warehouse.transaction() as tx:
        [action] = company.actions()
        record(tx, suppressing(tx, [Dead(action, "bounced")], company.told()))

    shown = typed("suppressed", "list")
    assert "compta@c1.example" in shown
    assert "it came back for good" in shown
    [told] = json.loads(typed("suppressed", "list", "--json"))
    assert (told["customer"], told["reason"]) == ("C1", "bounced")

    said = typed("suppressed", "lift", told["id"][:8], "--why", "she called", "--by", "Paul")
    assert "compta@c1.example of C1 is written to again" in said
    assert json.loads(typed("suppressed", "list", "--json")) == []
