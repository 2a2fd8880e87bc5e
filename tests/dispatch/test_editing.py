"""A collector writes a message anew before it goes: both texts are kept, and the new one is
confirmed by itself."""

import base64
import email
import json
from email import policy as mail_policy

import pytest

from callsheet.desk.confirmation import confirm, confirm_list, keep_list, lists_to_confirm
from callsheet.desk.editing import edit, keep_edit, text_of, undo
from callsheet.dispatching.open_actions import CONTENT
from callsheet.errors import Taken, UsageInvalid
from callsheet.history import record
from callsheet.messages.letter import typed_pdf
from callsheet.proof.audit import audit
from callsheet.vocabulary import ActionState

SUBJECT = "Votre facture F-C1, entre nous"
TEXT = "Chère Madame,\n\nun mot de ma main.\n\nAnne Martin\n"


@pytest.fixture
def waiting(company_of_engine):
    """One message to confirm, on each engine."""
    company = company_of_engine
    company.customer("C1")
    company.pull()
    company.plan({"customer": "C1", "step": "email-3"})
    return company


def one(company):
    [action] = company.actions()
    return action


def rewrite(company, subject=SUBJECT, text=TEXT, by="Anne", note=""):
    with company.warehouse.transaction() as tx:
        key = one(company).action_id
        done = edit(tx, company.settings, key, subject, text)
        keep_edit(tx, company.settings, done, company.told(by), note)
    return done


def planned_id(company):
    return one(company).action_id


def say_yes(company, by="Claire"):
    with company.warehouse.transaction() as tx:
        return confirm(tx, "FR1", None, company.told(by))


def parts_of(company):
    [file] = company.outbox()
    mail = email.message_from_bytes(file.read_bytes(), policy=mail_policy.default)
    parts = {kind: mail.get_body((kind,)).get_content() for kind in ("plain", "html")}
    return str(mail["Subject"]), parts["plain"].replace("\r\n", "\n"), parts["html"]


def asked(company):
    with company.warehouse.reading() as tx:
        return audit(tx, company.settings, one(company).action_id).as_text()


def test_what_was_written_is_what_leaves_and_both_texts_are_kept(waiting):
    planned = one(waiting).content_hash
    rewrite(waiting, note="they asked for a kind word")
    say_yes(waiting)
    assert waiting.dispatch().sent == {"accepted": 1}

    subject, plain, html = parts_of(waiting)
    assert (subject, plain) == (SUBJECT, TEXT)
    assert "un mot de ma main." in html
    found = asked(waiting)
    assert found["what"]["wire_agrees"]
    [mail] = waiting.outbox()
    assert base64.b64decode(found["what"]["wire_base64"]) == mail.read_bytes()
    before, after = found["what"]["texts"]
    assert (before["content_hash"], before["author"]) == (planned, "plan")
    assert (after["author"], after["subject"]) == ("Anne", SUBJECT)
    assert found["what"]["content_hash"] == after["content_hash"] == one(waiting).content_hash
    assert found["confirmed"]["detail"][CONTENT] == after["content_hash"]
    assert [(e["state"], e["reason"]) for e in found["history"]] == [
        ("planned", ""), ("blocked", "text_edited"), ("planned", "text_edited"),
        ("confirmed", ""), ("sending", ""), ("accepted", ""),
    ]  # fmt: skip
    assert found["history"][2]["detail"]["note"] == "they asked for a kind word"


def test_a_yes_to_the_former_text_is_none_to_the_new_one(waiting):
    say_yes(waiting)
    done = rewrite(waiting)

    assert done.asks_again
    assert waiting.dispatch().sent == {}
    assert waiting.states() == {"C1 email-3": "planned text_edited"}
    assert say_yes(waiting, by="Paul").confirmed == (one(waiting).action_id,)
    assert waiting.dispatch().sent == {"accepted": 1}


def test_a_line_written_anew_while_its_list_is_read_is_dropped_from_that_list(waiting):
    with waiting.warehouse.transaction() as tx:
        [frozen] = lists_to_confirm(tx, waiting.as_of)
        keep_list(tx, frozen)
    rewrite(waiting)
    with waiting.warehouse.transaction() as tx:
        outcome = confirm_list(tx, frozen.digest, waiting.told("Claire"))

    assert outcome.confirmed == ()
    assert outcome.dropped == {one(waiting).action_id: "text_edited"}
    with waiting.warehouse.reading() as tx:
        [new] = lists_to_confirm(tx, waiting.as_of)
    assert new.digest != frozen.digest
    assert new.count == 1


def test_an_automatic_message_that_a_person_rewrote_waits_for_a_yes(company_of_engine):
    company = company_of_engine
    company.customer("C1")
    company.pull()
    company.plan({"customer": "C1", "step": "email-1"})
    assert company.states() == {"C1 email-1": "confirmed"}
    rewrite(company)

    assert company.dispatch().sent == {}
    with company.warehouse.reading() as tx:
        assert [frozen.count for frozen in lists_to_confirm(tx, company.as_of)] == [1]
    say_yes(company)
    assert company.dispatch().sent == {"accepted": 1}


def test_a_block_that_ends_gives_back_only_a_yes_to_the_text_that_stands(waiting):
    say_yes(waiting)
    rewrite(waiting)
    with waiting.warehouse.transaction() as tx:  # as a valve or a second mail that day does
        told = waiting.told("policy")
        record(tx, [one(waiting).event(ActionState.BLOCKED, told, reason="after_call")])

    assert waiting.dispatch().sent == {}
    assert waiting.states() == {"C1 email-3": "planned"}


def test_undo_goes_back_to_the_text_as_it_was_planned(waiting):
    planned = one(waiting).content_hash
    rewrite(waiting)
    rewrite(waiting, text="Encore autre chose.\n")
    say_yes(waiting)
    with waiting.warehouse.transaction() as tx:
        back = undo(tx, waiting.settings, one(waiting).action_id)
        keep_edit(tx, waiting.settings, back, waiting.told("Anne"))

    assert one(waiting).content_hash == planned
    assert waiting.states() == {"C1 email-3": "planned text_restored"}
    assert len(asked(waiting)["what"]["texts"]) == 4
    with waiting.warehouse.reading() as tx, pytest.raises(UsageInvalid, match="as it was planned"):
        undo(tx, waiting.settings, one(waiting).action_id)


def test_html_that_a_person_types_is_text_to_its_reader(waiting):
    rewrite(waiting, subject="<b>F-C1</b>", text="<img src='http://x.example/1.png'> & </pre>\n")
    say_yes(waiting)
    waiting.dispatch()

    _, plain, html = parts_of(waiting)
    assert plain == "<img src='http://x.example/1.png'> & </pre>\n"
    assert "<img" not in html
    assert "&lt;img" in html
    assert "<b>" not in html
    assert html.count("</pre>") == 1


@pytest.mark.parametrize(
    ("subject", "text", "found"),
    [
        ("", TEXT, "subject is empty"),
        (SUBJECT, " \n\t ", "text is empty"),
        ("F-C1\nBcc: x@y.example", TEXT, "holds the character"),
        ("F-C1\u2028Bcc: x@y.example", TEXT, "holds the character"),
        (SUBJECT, "a\x00b", "holds the character"),
        ("x" * 201, TEXT, "longer than 200"),
        (SUBJECT, "x" * 100_001, "longer than 100000"),
    ],
)
def test_what_no_mail_may_say_is_refused_and_changes_nothing(company, subject, text, found):
    company.customer("C1")
    company.pull()
    company.plan({"customer": "C1", "step": "email-3"})

    with pytest.raises(UsageInvalid, match=found):
        rewrite(company, subject, text)
    assert company.states() == {"C1 email-3": "planned"}


def test_the_same_text_is_no_edit(company):
    company.customer("C1")
    company.pull()
    company.plan({"customer": "C1", "step": "email-3"})
    with company.warehouse.reading() as tx:
        _, message = text_of(tx, company.settings, one(company).action_id)

    with pytest.raises(UsageInvalid, match="the same"):
        rewrite(company, message.subject, message.text)


def test_two_people_who_edit_at_once_do_not_overwrite_each_other(waiting):
    seen, key = one(waiting).content_hash, one(waiting).action_id
    with waiting.warehouse.reading() as tx:
        early = edit(tx, waiting.settings, key, "De Paul", TEXT)
    rewrite(waiting)

    with waiting.warehouse.reading() as tx, pytest.raises(UsageInvalid, match="somebody else"):
        edit(tx, waiting.settings, key, "De Paul", TEXT, seen=seen)
    with pytest.raises(Taken), waiting.warehouse.transaction() as tx:
        keep_edit(tx, waiting.settings, early, waiting.told("Paul"))


def test_a_call_has_no_text_that_leaves(company):
    company.customer("C1")
    company.pull()
    company.plan({"customer": "C1", "step": "phone-1"})

    with pytest.raises(UsageInvalid, match="a person does it"):
        rewrite(company)


def test_a_letter_written_anew_is_laid_out_anew_under_its_letterhead(company_of_engine):
    company = company_of_engine
    company.customer("C1")
    company.pull()
    company.plan({"customer": "C1", "step": "notice"})
    say_yes(company)
    planned = one(company).content_hash
    done = rewrite(company, "Dernier mot", "Monsieur,\n\nF-C1    #[1,00]\n")

    assert done.asks_again
    assert company.dispatch().sent == {}
    say_yes(company, by="Paul")
    company.dispatch()
    [pdf] = company.outbox(".pdf")
    before, after = json.loads(done.before.letterhead), json.loads(done.after.letterhead)
    assert pdf.read_bytes() == typed_pdf(after, "Monsieur,\n\nF-C1    #[1,00]\n")
    assert pdf.read_bytes() != done.before.attachments[0].content
    assert before | {"subject": "Objet : Dernier mot"} == after
    assert done.after.text.startswith(done.before.text.partition("Objet : ")[0] + "Objet : Dernier")
    texts = asked(company)["what"]["texts"]
    assert [text["content_hash"] for text in texts] == [planned, one(company).content_hash]


def test_a_letter_goes_back_to_the_text_as_it_was_planned(company):
    company.customer("C1")
    company.pull()
    company.plan({"customer": "C1", "step": "notice"})
    planned = one(company).content_hash
    rewrite(company)
    rewrite(company, "Encore", "Encore autre chose.\n")
    with company.warehouse.transaction() as tx:
        keep_edit(
            tx, company.settings, undo(tx, company.settings, planned_id(company)), company.told()
        )

    assert one(company).content_hash == planned


def test_what_has_left_can_no_longer_be_edited(waiting):
    say_yes(waiting)
    waiting.dispatch()

    with pytest.raises(UsageInvalid, match="it is accepted"):
        rewrite(waiting)
