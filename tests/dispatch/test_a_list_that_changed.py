"""Between the frozen list and the mail the world moves on: what changed is dropped, and told."""

import shutil
from datetime import timedelta
from decimal import Decimal

import pytest

from callsheet.desk.answering import Answer, Choice, give_answer
from callsheet.desk.asking import ask, expire, question_of
from callsheet.desk.confirmation import kept_list, lists_to_confirm
from callsheet.desk.item_status import dispute
from callsheet.planning.content import read
from callsheet.proof.anchors import folder_of

KEPT, PAID, DISPUTED, AMOUNT, TEMPLATE, MAIL, LETTER = (
    "KEPT", "PAID", "DISPUTED", "AMOUNT", "TEMPLATE", "MAIL", "LETTER",
)  # fmt: skip
REASONS = {
    PAID: "paid",
    DISPUTED: "disputed",
    AMOUNT: "payload_changed",
    TEMPLATE: "template_changed",
    MAIL: "payload_changed",
    LETTER: "payload_changed",
}
STEPS = {key: {"customer": key, "step": "email-3"} for key in (KEPT, *REASONS)} | {
    TEMPLATE: {"customer": TEMPLATE, "step": "email-3", "scenario": "standard-en"},
    LETTER: {"customer": LETTER, "step": "notice"},
}


@pytest.fixture
def asked(company_of_engine, tmp_path):
    """A list of seven lines that was put before a person."""
    company = company_of_engine
    templates = tmp_path / "templates"
    shutil.copytree(company.settings.templates, templates)
    company.settings = company.settings.model_copy(update={"templates": templates})
    for key in STEPS:
        company.customer(key)
        company.tables["customers"][-1]["language"] = "en" if key == TEMPLATE else "fr"
    company.pull()
    company.plan(*STEPS.values())
    with company.warehouse.transaction() as tx:
        company.question = ask(tx, "a run", None, company.told("confirm"), company.now)
    return company


def change_everything(company):
    items = {row["customer"]: row for row in company.tables["open_items"]}
    company.tables["open_items"].remove(items[PAID])
    items[AMOUNT]["open_amount"] = Decimal("400.00")
    for row in company.tables["contacts"]:
        if row["customer"] == MAIL:
            row["email"] = "new@mail.example"
    for row in company.tables["addresses"]:
        if row["customer"] == LETTER and row["kind"] == "registered_office":
            row["line1"] = "3 rue Neuve"
    company.pull()
    with company.warehouse.transaction() as tx:
        dispute(tx, company.settings, "F-DISPUTED", "quality", company.told())
    template = company.settings.templates / "email" / "reminder_3.en.j2"
    text = template.read_text().replace("{% block closing %}", "{% block closing %}We mean it. ")
    template.write_text(text)


def say_yes(company):
    answer = Answer(Choice.ALL, "Claire", frozenset())
    lists = company.question.lists
    [done] = give_answer(
        company.warehouse, company.settings, lists, answer, company.told("Claire"), asker="a run"
    )
    return {one.action_id: one.customer for one in company.actions()}, done


def test_what_changed_before_the_yes_is_dropped_with_its_reason_and_planned_anew(asked):
    change_everything(asked)
    customers, done = say_yes(asked)

    assert {customers[key]: reason for key, reason in done.dropped.items()} == REASONS
    assert [customers[key] for key in done.confirmed] == [KEPT]
    assert done.sums == (("EUR", Decimal("1000.000")),)
    assert asked.dispatch().sent == {"accepted": 1}
    before = {one.customer: one for one in asked.actions()}
    asked.plan(*(STEPS[key] for key in (AMOUNT, TEMPLATE, MAIL, LETTER)))
    with asked.warehouse.reading() as tx:
        [anew] = lists_to_confirm(tx, asked.as_of)
    new = {one.customer: one for one in asked.actions() if one.action_id in anew.lines}
    assert set(new) == {AMOUNT, TEMPLATE, MAIL, LETTER}
    for key, one in new.items():
        assert one.action_id != before[key].action_id
        assert one.content_hash != before[key].content_hash
    said = read(asked.settings.home, TEMPLATE, new[TEMPLATE].content_hash)
    assert "We mean it." in said.text


def test_what_changed_after_the_yes_is_cancelled_just_before_it_would_leave(asked):
    customers, done = say_yes(asked)
    assert sorted(customers[key] for key in done.confirmed) == sorted(STEPS)
    change_everything(asked)
    asked.dispatch()

    states = {key.split()[0]: state for key, state in asked.states().items()}
    assert states == {KEPT: "accepted"} | {
        key: f"cancelled {reason}" for key, reason in REASONS.items()
    }
    assert len(asked.outbox()) == 1
    assert asked.outbox(".pdf") == []


def test_a_frozen_list_is_read_back_as_it_was_asked_and_anchored_when_answered(asked):
    [frozen] = asked.question.lists
    with asked.warehouse.reading() as tx:
        kept = kept_list(tx, frozen.digest[:12])
    assert kept == frozen
    assert (kept.count, kept.sums) == (7, (("EUR", Decimal("7000.000")),))

    say_yes(asked)
    [anchors] = folder_of(asked.settings).glob("*.jsonl")
    assert '"why":"confirmation"' in anchors.read_text()


def test_a_frame_or_the_words_of_the_language_are_part_of_a_template(asked):
    words = asked.settings.templates / "words" / "en.yaml"
    words.write_text(words.read_text() + "# a comment counts: nobody can tell what it changes\n")
    customers, done = say_yes(asked)

    assert {customers[key]: why for key, why in done.dropped.items()} == {
        TEMPLATE: "template_changed"
    }


def test_a_question_is_found_again_by_who_asked_and_ends_once(asked):
    def standing(asker="a run"):
        with asked.warehouse.reading() as tx:
            return question_of(tx, asker, asked.as_of)

    def sweep(hours):
        with asked.warehouse.transaction() as tx:
            return expire(tx, asked.told("dispatch"), asked.now + timedelta(hours=hours))

    assert standing() == asked.question
    assert standing("another run") is None
    assert sweep(hours=-1) == []
    assert [one.asker for one in sweep(hours=1)] == ["a run"]
    assert sweep(hours=2) == []
    assert standing().closed == "expired"
    assert {one.state for one in asked.actions()} == {"planned"}
    with asked.warehouse.reading() as tx:
        [told] = tx.fetch("select state, reason, author from event where state = 'expired'")
    assert told == ("expired", "confirmation_expired", "dispatch")


def test_a_question_that_was_answered_does_not_expire(asked):
    say_yes(asked)
    with asked.warehouse.transaction() as tx:
        assert question_of(tx, "a run", asked.as_of).closed == "answered"
        assert expire(tx, asked.told("dispatch"), asked.now + timedelta(hours=1)) == []
