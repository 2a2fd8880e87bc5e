"""An auditor asks of one action, and of a day, and is answered from the history alone."""

import base64

import pytest

from callsheet.desk.confirmation import confirm
from callsheet.desk.people import ActionOutcome, done
from callsheet.errors import UsageInvalid
from callsheet.keys import digest
from callsheet.planning.content import place_of
from callsheet.proof.audit import audit
from callsheet.proof.not_sent import not_sent
from callsheet.scenarios.scenario import load_scenarios


def asked(company, customer):
    [action] = [one for one in company.actions() if one.customer == customer]
    with company.warehouse.reading() as tx:
        return audit(tx, company.settings, action.action_id[:8])


def test_a_reminder_shows_who_what_when_why_the_bytes_and_the_proof(company_of_engine):
    company = company_of_engine
    company.customer("C1")
    company.pull()
    company.plan({"customer": "C1", "step": "email-1"})
    company.dispatch()

    found = asked(company, "C1").as_text()
    [mail] = company.outbox()
    assert base64.b64decode(found["what"]["wire_base64"]) == mail.read_bytes()
    assert found["what"]["wire_agrees"]
    with company.warehouse.reading() as tx:
        bodies = tx.fetch("select body from event")
    assert not [body for (body,) in bodies if digest(mail.read_bytes()) in body], (
        "who guesses a mail to its last byte finds no hash that confirms it"
    )
    assert (found["who"]["customer"], found["who"]["address"]) == ("C1", "compta@c1.example")
    assert found["why"]["leader"] == "F-C1"
    assert found["why"]["days_late"] == 14
    assert (found["why"]["scenario"], found["why"]["step"]) == ("standard-fr", "email-1")
    standard = load_scenarios(company.settings.scenarios)["standard-fr"]
    assert found["why"]["scenario_version"] == standard.version
    assert len(found["why"]["snapshots"]) == 1
    assert found["of_what"][0]["items"] == ["F-C1"]
    assert found["confirmed"]["author"] == "policy"
    assert [one["state"] for one in found["proof"]] == ["accepted"]
    assert [one["state"] for one in found["history"]] == [
        "planned", "confirmed", "sending", "accepted",
    ]  # fmt: skip


def test_a_confirmed_message_shows_whose_yes_it_was_and_on_which_list(company):
    company.customer("C1")
    company.pull()
    company.plan({"customer": "C1", "step": "email-3"})
    with company.warehouse.transaction() as tx:
        confirm(tx, "FR1", None, company.told("Claire"))

    yes = asked(company, "C1").as_text()["confirmed"]
    assert yes["author"] == "Claire"
    assert len(yes["detail"]["list"]) == 64


def test_bytes_that_were_changed_in_the_store_are_not_shown_as_sent(company):
    company.customer("C1")
    company.pull()
    company.plan({"customer": "C1", "step": "email-1"})
    company.dispatch()
    [action] = company.actions()
    place_of(company.settings.home, action.content_hash).write_bytes(b"")

    found = asked(company, "C1").as_text()["what"]
    assert not found["content_is_kept"]
    assert found["wire_base64"] is None


def test_a_call_shows_who_made_it(company):
    company.customer("C1")
    company.pull()
    company.plan({"customer": "C1", "step": "phone-1"})
    [action] = company.actions()
    with company.warehouse.transaction() as tx:
        done(
            tx, company.settings, action.action_id, ActionOutcome.REACHED, company.told("Anne"),
            note="pays on Friday",
        )  # fmt: skip

    [proof] = asked(company, "C1").as_text()["proof"]
    assert (proof["author"], proof["reason"]) == ("Anne", "reached")
    assert proof["detail"]["note"] == "pays on Friday"


def test_an_action_that_does_not_exist_is_refused(company):
    with company.warehouse.reading() as tx, pytest.raises(UsageInvalid):
        audit(tx, company.settings, "00000000")


def test_what_was_not_sent_on_a_day_is_listed_with_its_reason(company):
    for key in ("C1", "C2", "C3"):
        company.customer(key)
    company.customer("C4", email="")
    company.pull()
    company.plan(
        {"customer": "C1", "step": "email-1"},
        {"customer": "C2", "step": "email-3"},
        {"customer": "C3", "step": "email-1"},
        {"customer": "C4", "step": "email-1"},
    )
    company.tables["open_items"] = [
        one for one in company.tables["open_items"] if one["customer"] != "C3"
    ]
    company.pull()
    company.dispatch()

    with company.warehouse.reading() as tx:
        found = not_sent(tx, company.settings, company.as_of)
    told = {one.customer: (one.state, one.reason) for one in found.actions}
    assert "C1" not in told
    assert told["C2"] == ("planned", "")
    assert told["C3"] == ("cancelled", "paid")
    assert told["C4"] == ("confirmed", "")  # a letter instead, to be posted
    why = {one.customer: one.why for one in found.actions}
    assert why["C2"] == "waits for a person's yes"
    assert why["C3"] == "what it claims has been paid"
    assert all(why.values())
