"""Letters and text messages that a person sends for us (bad inputs B085, B121, B122, B124, B125).

B121 and B124 speak of providers that there are none of here: a person sends text messages and posts
letters. What is nearest is tested: of B121 that a text message is a line of a working day's call
sheet and never leaves by itself, and that what does leave by itself waits for the window; of B124
that a letter whose record was lost is laid out again in the same place, once, and that only a
person's word says it was posted.
"""

import zlib
from contextlib import suppress
from datetime import UTC, date, datetime

import pytest

from callsheet.desk.people import posted, returned
from callsheet.dispatching.open_actions import open_actions
from callsheet.dispatching.posting import print_letters
from callsheet.errors import UsageInvalid
from callsheet.keys import digest
from callsheet.messages.text_message import is_mobile, parts_needed
from callsheet.planning.content import ContentMissing, Contents, place_of
from callsheet.reading.call_sheet import call_sheet
from callsheet.vocabulary import ActionState


@pytest.fixture
def letters(company):
    """Two customers without an e-mail address: their reminders go by letter."""
    for key in ("C1", "C2"):
        company.customer(key, email="")
    company.pull()
    company.plan({"customer": "C1", "step": "email-1"}, {"customer": "C2", "step": "email-1"})
    return company


def content_of(company, customer):
    [action] = [a for a in company.actions() if a.customer == customer]
    return place_of(company.settings.home, action.content_hash)


@pytest.mark.parametrize("forged", [b"not sealed", b"", None], ids=["other", "empty", "gone"])
def test_a_letter_that_is_not_what_was_confirmed_is_refused_and_the_others_go(letters, forged):
    place = content_of(letters, "C1")
    place.unlink()
    if forged is not None:
        place.write_bytes(forged)
    letters.dispatch()

    reason = "content_missing" if forged is None else "payload_hash"
    assert letters.states() == {"C1 email-1": f"rejected {reason}", "C2 email-1": "confirmed"}
    assert len(letters.outbox(".pdf")) == 1


def test_one_customers_letter_put_in_anothers_place_is_refused(letters):
    one, other = content_of(letters, "C1"), content_of(letters, "C2")
    one.write_bytes(other.read_bytes())
    letters.dispatch()

    assert letters.states()["C1 email-1"] == "rejected payload_hash"


def test_a_mail_whose_text_was_tampered_with_never_leaves(company):
    company.customer("C1")
    company.pull()
    company.plan({"customer": "C1", "step": "email-1"})
    content_of(company, "C1").write_bytes(zlib.compress(b"[1]\n[]"))
    company.dispatch()

    assert company.states() == {"C1 email-1": "rejected payload_hash"}
    assert company.outbox() == []


@pytest.fixture
def wanted(company):
    """Three customers and the hash of the mail to each."""
    for key in ("C1", "C2", "C3"):
        company.customer(key)
    company.pull()
    company.plan(*({"customer": key, "step": "email-1"} for key in ("C1", "C2", "C3")))
    return {action.customer: action.content_hash for action in company.actions()}


def test_what_was_read_ahead_is_the_mail_that_was_confirmed(company, wanted):
    contents = Contents(company.settings.home, set(wanted))
    expected = {customer: contents.read(customer, wanted[customer]) for customer in wanted}
    contents.read_ahead(wanted.items())
    for content_hash in wanted.values():
        place_of(company.settings.home, content_hash).unlink()

    assert {who: contents.read(who, wanted[who]) for who in wanted} == expected


def test_no_more_is_read_ahead_than_may_be_in_memory(company, wanted):
    contents = Contents(company.settings.home, set(wanted))
    contents.read_ahead(wanted.items(), most_bytes=1)
    for content_hash in wanted.values():
        place_of(company.settings.home, content_hash).unlink()
    first, *others = wanted

    assert contents.read(first, wanted[first]).to_address
    for other in others:
        with pytest.raises(ContentMissing):
            contents.read(other, wanted[other])


def test_of_what_is_read_ahead_one_that_was_tampered_with_stops_no_other(company, wanted):
    content_of(company, "C1").write_bytes(b"not sealed")
    company.dispatch()

    assert company.states() == {
        "C1 email-1": "rejected payload_hash", "C2 email-1": "accepted", "C3 email-1": "accepted",
    }  # fmt: skip


def test_the_history_holds_the_keyed_hash_of_the_pdf_that_was_laid_out(letters):
    letters.dispatch()
    with letters.warehouse.reading() as tx:
        rows = tx.fetch("select customer, body from event where kind = 'letter'")
    customers = {action.action_id: action.customer for action in letters.actions()}
    contents = Contents(letters.settings.home, set(customers.values()))

    plain = {customers[file.stem]: digest(file.read_bytes()) for file in letters.outbox(".pdf")}
    assert len(plain) == 2
    for customer, body in rows:
        assert contents.mark(customer, plain[customer]) in body
        assert plain[customer] not in body, "no guess of the letter is confirmed by it"


def test_a_letter_that_the_post_brings_back_is_a_failed_step(letters):
    letters.dispatch()
    [letter] = [a for a in letters.actions() if a.customer == "C1"]
    told = letters.told()
    with letters.warehouse.transaction() as tx:
        with pytest.raises(UsageInvalid, match="cannot be returned: it is confirmed"):
            returned(tx, letter.action_id, "moved", told)
        posted(tx, letter.action_id, told)
        returned(tx, letter.action_id, "moved", told)

    assert letters.states()["C1 email-1"] == "delivery_failed returned"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("é" * 160, 1),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 10, 2),  # the euro sign is not cut in two
        ("Ÿ" * 70, 1),
        ("Ÿ" * 71, 2),
        ("a" * 60 + "😀" * 6, 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("😀" * 100, 4),
        ("", 1),
    ],
)
def test_a_text_message_is_counted_in_parts(text, parts):
    assert parts_needed(text) == parts


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        ("+33612345678", True),
        ("+33140000000", False),
        ("0612345678", False),  # without its country nobody knows
        ("+882123456789", False),
        ("", False),
    ],
)
def test_a_text_message_goes_to_a_mobile(number, answer):
    assert is_mobile(number) == answer


def test_a_text_message_that_is_too_long_or_has_no_mobile_is_an_exception_on_its_line(company):
    company.customer("C1")
    company.tables["entities"][0]["name"] = "Société Générale des Écrous ☂ " * 12
    company.pull()
    company.plan({"customer": "C1", "step": "sms-1", "scenario": "risky-fr", "step_day": 13})

    [action] = company.actions()
    assert (action.state, action.mode) == (ActionState.PLANNED, "manual")  # it stays a line to do
    with company.warehouse.reading() as tx:
        sheet = call_sheet(tx, company.settings, company.as_of)
    found = {one.code: one.found for one in sheet.exceptions}
    assert found["not_mobile"] == "no mobile number"
    assert found["sms_length"].endswith("3 at most")


def test_b121_on_sunday_evening_nothing_goes_by_itself_and_on_monday_what_waited_does(company):
    monday, morning = company.as_of, company.now
    company.as_of, company.now = date(2026, 11, 15), datetime(2026, 11, 15, 20, 30, tzinfo=UTC)
    company.customer("C1")
    company.customer("C2")
    company.pull()
    company.plan(
        {"customer": "C1", "step": "email-1"},
        {"customer": "C2", "step": "sms-1", "scenario": "risky-fr", "step_day": 13},
    )

    assert not company.dispatch().sent
    assert company.states()["C1 email-1"] == "confirmed"
    company.as_of, company.now = monday, morning
    assert company.dispatch().sent == {"accepted": 1}
    assert company.states()["C2 sms-1"].startswith("planned")


def test_b124_a_letter_whose_record_was_lost_is_laid_out_again_in_its_place(letters):
    class Lost(Exception):
        pass

    with suppress(Lost), letters.warehouse.transaction() as tx:
        actions = open_actions(tx, [ActionState.CONFIRMED])
        print_letters(tx, letters.settings.home, actions, letters.as_of, letters.now)
        raise Lost
    before = {path: path.read_bytes() for path in letters.outbox(".pdf")}
    assert len(before) == 2

    assert letters.dispatch().printed == 2
    assert {path: path.read_bytes() for path in letters.outbox(".pdf")} == before
    assert letters.dispatch().printed == 0
    assert set(letters.states().values()) == {"confirmed"}, "only a person says that it went"
