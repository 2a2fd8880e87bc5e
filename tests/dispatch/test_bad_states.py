"""The world moves on between two looks (bad inputs of the layer `state`): what becomes of it."""

import shutil
from datetime import date, timedelta
from decimal import Decimal
from email import message_from_bytes, policy

import pytest

from callsheet.calendars import working_days_after
from callsheet.decision.world import decide_worlds
from callsheet.desk.answering import Answer, Choice, give_answer
from callsheet.desk.confirmation import lists_to_confirm
from callsheet.desk.item_status import dispute, promise

FACTS = {
    "today": "2026-11-16",
    "settings": {},
    "customers": [{"id": "C1", "risk_class": "high", "nature": "private"}],
    "assignments": [],
    "rules": [{"order": 1, "when": "TRUE", "scenario": "S"}],
    "scenarios": [
        {
            "id": "S",
            "steps": [
                {"key": "first", "offset": 4},
                {"key": "second", "offset": 14},
                {"key": "notice", "offset": 43, "legal": True},
            ],
        }
    ],
    "items": [
        {
            "id": "F1", "customer": "C1", "entity": "E1", "kind": "invoice", "currency": "EUR",
            "amount": "100.00", "open_amount": "100.00", "issue_date": "2026-10-01",
            "due_date": "2026-11-02",
        }
    ],
    "exclusions": [],
    "history": [],
}  # fmt: skip


def decided(**changes):
    [[decision]] = decide_worlds([{**FACTS, **changes}])
    return decision


@pytest.fixture
def planned(company):
    company.customer("C1")
    company.pull()
    company.plan({"customer": "C1", "step": "email-1"})
    return company


def test_b089_a_dispute_opened_after_the_plan_is_seen_before_the_mail_leaves(planned):
    planned.now += timedelta(minutes=1)
    with planned.warehouse.transaction() as tx:
        dispute(tx, planned.settings, "F-C1", "quality", planned.told())

    planned.dispatch()
    assert planned.states() == {"C1 email-1": "cancelled disputed"}
    assert planned.outbox() == []


def test_b091_a_partly_paid_invoice_stays_and_the_text_claims_what_is_open(company):
    company.customer("C1")
    [item] = company.tables["open_items"]
    item |= {"amount": Decimal("100.00"), "open_amount": Decimal("40.00")}
    company.pull()
    company.plan({"customer": "C1", "step": "email-1"})
    company.dispatch()

    assert company.states() == {"C1 email-1": "accepted"}
    [mail] = company.outbox()
    text = message_from_bytes(mail.read_bytes(), policy=policy.default).get_body(("plain",))
    assert "40,00" in text.get_content()
    assert '"amount":"40.000"' in company.actions()[0].claim
    item = FACTS["items"][0] | {"open_amount": "40.00"}
    assert decided(items=[item])["outcome"] == "act"


def test_b092_a_promise_that_has_not_come_yet_holds_until_its_day_and_the_grace(planned):
    promised = date(2026, 12, 1)
    with planned.warehouse.transaction() as tx:
        promise(tx, planned.settings, "C1", promised, planned.told())
        [(until,)] = tx.fetch("select until_day from exclusion")

    planned.dispatch()
    assert planned.states() == {"C1 email-1": "cancelled promise"}
    assert until == working_days_after("FR", promised, 2)


def test_b092_while_it_holds_nothing_is_due_and_the_day_after_it_is(planned):
    def on(today):
        promised = {
            "id": "X", "kind": "specific_action", "customer": "C1", "item": "F1",
            "from": "2026-11-10", "until": "2026-12-03",
        }  # fmt: skip
        return decided(today=today, exclusions=[promised])

    assert (on("2026-12-03")["outcome"], on("2026-12-03")["reason"]) == ("hold", "specific_action")
    assert on("2026-12-04")["outcome"] == "act"


def test_b095_of_two_rules_that_are_true_the_first_counts_and_one_step_is_played():
    other = {"id": "T", "steps": [{"key": "other", "offset": 4}]}
    rules = [
        {"order": 2, "when": "risk_class = 'high'", "scenario": "S"},
        {"order": 1, "when": "nature = 'private'", "scenario": "T"},
    ]
    [found] = decide_worlds([{**FACTS, "scenarios": [*FACTS["scenarios"], other], "rules": rules}])

    assert [one["step"] for one in found] == ["other"]


def test_b095_a_customer_whom_no_rule_knows_is_told_of_and_not_written_to():
    nobody = [{"order": 1, "when": "nature = 'public'", "scenario": "S"}]
    found = decided(rules=nobody)

    assert (found["outcome"], found["reason"]) == ("none", "no_scenario")


def test_b097_a_debt_of_three_years_begins_at_the_first_reminder_not_at_the_notice():
    old = FACTS["items"][0] | {"issue_date": "2023-10-01", "due_date": "2023-11-02"}
    found = decided(items=[old])

    assert (found["outcome"], found["step"]) == ("act", "first")


def test_b097_a_formal_notice_waits_for_a_person(company):
    company.customer("C1")
    company.pull()
    company.plan({"customer": "C1", "step": "notice", "step_day": 43})
    company.dispatch()

    assert company.states() == {"C1 notice": "planned"}


@pytest.mark.parametrize(
    ("edit", "becomes"), [(False, "confirmed"), (True, "cancelled plan_stale")]
)
def test_b094_a_scenario_edited_between_plan_and_yes_makes_the_plan_stale(
    company, tmp_path, edit, becomes
):
    shutil.copytree(company.settings.scenarios, tmp_path / "scenarios")
    company.settings = company.settings.model_copy(update={"scenarios": tmp_path / "scenarios"})
    company.customer("C1")
    company.pull()
    company.plan({"customer": "C1", "step": "email-3", "step_day": 33})
    if edit:
        file = tmp_path / "scenarios" / "standard-fr.yaml"
        file.write_text(file.read_text("utf-8").replace("day: +33", "day: +34"), "utf-8")
    with company.warehouse.reading() as tx:
        lists = lists_to_confirm(tx, company.as_of)
    yes = Answer(Choice.ALL, "Claire Moreau", frozenset(), "")
    give_answer(company.warehouse, company.settings, lists, yes, company.told("Claire Moreau"))

    assert company.states() == {"C1 email-3": becomes}
