"""The account statement: what is claimed, what stands apart, who is told."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from callsheet.messages.statement import Statement, WantedAccount, statements
from callsheet.settings import DecisionSettings

ACCOUNT = WantedAccount("C1|FR01", "C1", "FR01", "F1")


@pytest.fixture
def state(receivables: Any, today: date):
    """Return the statement of the customer C1 with FR01, led by F1."""

    def read(
        settings: DecisionSettings | None = None, wanted: WantedAccount = ACCOUNT
    ) -> Statement:
        found = statements(receivables.con, [wanted], today, settings or DecisionSettings())
        return found[wanted.unit]

    return read


def _numbers(lines: Any) -> list[str]:
    return [line.number for line in lines]


def test_an_account_claims_every_overdue_item_less_its_credits(receivables: Any, state: Any):
    receivables.item("F1", "100.00", -10)
    receivables.item("F2", "50.00", -2)
    receivables.item("F3", "70.00", +5)
    receivables.item("A1", "-20.00", -1, kind="credit_note")

    section = state().sections[0]

    [claim] = section.claims
    assert _numbers(claim.lines) == ["F1", "F2"]
    assert _numbers(claim.credits) == ["A1"]
    assert claim.total == Decimal("130.00")
    assert _numbers(section.to_come[0].lines) == ["F3"]


def test_a_pre_due_notice_claims_what_falls_due_up_to_the_leader(receivables: Any, state: Any):
    receivables.item("F1", "100.00", +10)
    receivables.item("F2", "50.00", +11)

    statement = state()

    assert statement.claimed[0].total == Decimal("100.00")
    assert statement.leader.days_late == 0


def test_currencies_are_never_added(receivables: Any, state: Any):
    receivables.item("F1", "100.00", -10)
    receivables.item("F2", "30.00", -10, currency="GBP")

    totals = {claim.currency: claim.total for claim in state().claimed}

    assert totals == {"EUR": Decimal("100.00"), "GBP": Decimal("30.00")}


def test_a_currency_covered_by_credits_is_not_claimed_but_shown_in_favour(
    receivables: Any, state: Any
):
    receivables.item("F1", "100.00", -10)
    receivables.item("F2", "30.00", -10, currency="GBP")
    receivables.item("P1", "-30.00", -1, currency="GBP", kind="payment")

    section = state().sections[0]

    assert [claim.currency for claim in section.claims] == ["EUR"]
    assert [part.currency for part in section.in_credit] == ["GBP"]


def test_a_disputed_item_stands_apart_and_its_credit_with_it(receivables: Any, state: Any):
    receivables.item("F1", "100.00", -10)
    receivables.item("F2", "50.00", -10)
    receivables.item("A2", "-10.00", -1, kind="credit_note", applies_to="F2")
    receivables.exclude("F2", "dispute", reason="quality")

    section = state().sections[0]

    assert section.claims[0].total == Decimal("100.00")
    assert [(entry.line.number, entry.why) for entry in section.apart] == [("F2", "dispute")]


def test_the_rest_of_an_item_disputed_in_part_is_claimed(receivables: Any, state: Any):
    receivables.item("F1", "100.00", -10)
    receivables.exclude("F1", "dispute", amount=Decimal("30.00"))

    section = state().sections[0]

    assert section.claims[0].total == Decimal("70.00")
    assert section.claims[0].lines[0].invoiced == Decimal("100.00")
    assert section.apart[0].line.open_amount == Decimal("30.00")


def test_a_promised_item_is_shown_with_its_date_and_not_claimed(
    receivables: Any, state: Any, today: date
):
    receivables.item("F1", "100.00", -10)
    receivables.item("F2", "50.00", -10)
    day = today + timedelta(days=4)
    receivables.exclude("F2", "specific_action", what="promise", promised_on=day)

    [entry] = state().sections[0].apart

    assert (entry.why, entry.promised_on) == ("promise", day)


def test_an_exclusion_recorded_later_or_closed_excludes_nothing(
    receivables: Any, state: Any, today: date
):
    receivables.item("F1", "100.00", -10)
    receivables.exclude("F1", "dispute", recorded_on=today + timedelta(days=1))
    receivables.exclude("F1", "hold", until_day=today - timedelta(days=1))

    assert state().claimed[0].total == Decimal("100.00")
    assert state().sections[0].apart == ()


def test_the_last_version_of_an_exclusion_counts(receivables: Any, state: Any, today: date):
    receivables.item("F1", "100.00", -10)
    receivables.exclude("F1", "dispute")
    yesterday = today - timedelta(days=1)
    receivables.exclude("F1", "dispute", no=2, until_day=yesterday, recorded_on=yesterday)

    assert state().sections[0].apart == ()


def test_penalties_have_their_own_total_and_drafts_stand_apart(receivables: Any, state: Any):
    receivables.item("F1", "100.00", -10)
    receivables.item("PEN1", "40.00", -1, kind="penalty")
    receivables.item("D1", "75.00", +3, kind="draft")

    section = state().sections[0]

    assert section.claims[0].total == Decimal("100.00")
    assert section.penalties[0].total == Decimal("40.00")
    assert [(entry.line.number, entry.why) for entry in section.apart] == [("D1", "draft")]


def test_items_below_the_minimum_of_their_currency_are_not_claimed(receivables: Any, state: Any):
    receivables.item("F1", "100.00", -10)
    receivables.item("F2", "0.37", -10)
    minimum = DecisionSettings(min_item={"EUR": Decimal("1.00")})

    assert _numbers(state(minimum).claimed[0].lines) == ["F1"]


def test_an_account_of_all_entities_has_one_section_per_creditor(receivables: Any, state: Any):
    receivables.add("entities", entity="BE01", name="Atelier BV", currency="EUR", language="fr",
                    country="BE", time_zone="Europe/Brussels", calendar="BE")  # fmt: skip
    receivables.item("F1", "100.00", -10)
    receivables.item("F2", "50.00", -10, entity="BE01")

    statement = state(wanted=WantedAccount("C1", "C1", "", "F1"))

    creditors = [(section.creditor.name, section.claims[0].total) for section in statement.sections]
    assert creditors == [("Atelier BV", Decimal("50.00")), ("Atelier SAS", Decimal("100.00"))]
    assert statement.entity == "FR01"


def test_accounts_that_name_a_head_are_read_with_it(receivables: Any, state: Any):
    receivables.add("customers", customer="C2", name="Martin Nord", head_account="C1")
    receivables.item("F1", "100.00", -10)
    receivables.item("F2", "50.00", -10, customer="C2")

    assert _numbers(state().claimed[0].lines) == ["F1", "F2"]


def test_no_line_of_another_customer_ever_comes_in(receivables: Any, today: date):
    receivables.add("customers", customer="C2", name="Durand")
    receivables.item("F1", "100.00", -10)
    receivables.item("F2", "50.00", -10, customer="C2")
    both = [ACCOUNT, WantedAccount("C2|FR01", "C2", "FR01", "F2")]

    found = statements(receivables.con, both, today, DecisionSettings())

    assert found["C1|FR01"].named_items == {"F1"}
    assert found["C2|FR01"].named_items == {"F2"}


def test_earlier_reminders_are_those_that_reached_the_customer_over_what_is_claimed(
    receivables: Any, state: Any, today: date
):
    receivables.item("F1", "100.00", -30)
    receivables.played("a1", today - timedelta(days=20), ["F1"])
    receivables.played("a2", today - timedelta(days=15), ["F1"], channel="phone", state="done",
                       step="phone-1", reason="promise")  # fmt: skip
    receivables.played("a3", today - timedelta(days=14), ["F1"], channel="phone", state="done",
                       reason="unreached")  # fmt: skip
    receivables.played("a4", today - timedelta(days=9), ["F1"], state="delivery_failed")
    receivables.played("a5", today - timedelta(days=8), ["F1"], internal=True)
    receivables.played("a6", today - timedelta(days=7), ["OLD"])
    receivables.played("a7", today - timedelta(days=40), ["F1"], step_day=-10)

    statement = state()

    assert [(one.channel, one.on_day) for one in statement.earlier] == [
        ("email", today - timedelta(days=20)),
        ("phone", today - timedelta(days=15)),
    ]
    assert statement.leader.claimed_before


def test_an_item_nobody_was_reminded_of_is_not_claimed_before(
    receivables: Any, state: Any, today: date
):
    receivables.item("F1", "100.00", -30)
    receivables.item("F2", "50.00", -3)
    receivables.played("a1", today - timedelta(days=20), ["F1"])

    lines = state().claimed[0].lines

    assert {line.number: line.claimed_before for line in lines} == {"F1": True, "F2": False}


def test_the_contact_for_collection_is_written_to_else_one_by_role(receivables: Any, state: Any):
    receivables.item("F1", "100.00", -10)
    receivables.add("contacts", contact="K1", customer="C1", name="Direction",
                    role="management", email="dir@martin.example", is_collection=False)  # fmt: skip
    receivables.add("contacts", contact="K2", customer="C1", name="Compta", role="accounting",
                    email="compta@martin.example", phone="+33476000000")  # fmt: skip
    assert state().recipients.email.name == "Compta"

    receivables.add("contacts", contact="K3", customer="C1", name="Claire", role="purchasing",
                    email="claire@martin.example", is_collection=True)  # fmt: skip

    assert state().recipients.email.name == "Claire"
    assert state().recipients.phone.name == "Compta"
    assert state().recipients.mobile is None


def test_the_collector_signs_else_the_credit_manager(receivables: Any, state: Any):
    receivables.item("F1", "100.00", -10)
    assert state().sender.name == "Anne Roy"

    receivables.add("colleagues", colleague="K2", name="Julie", email="julie@atelier.example")
    receivables.con.execute("update customers set collector = 'K2'")

    assert (state().sender.name, state().sender_mail) == ("Julie", "julie@atelier.example")


def test_a_formal_notice_has_the_registered_office_other_letters_the_billing_address(
    receivables: Any, state: Any
):
    receivables.item("F1", "100.00", -10)
    receivables.add("addresses", customer="C1", kind="billing", line1="1 rue A", postcode="38000",
                    city="Grenoble")  # fmt: skip
    assert state().recipients.registered_office == ("Martin", "1 rue A", "38000 Grenoble")

    receivables.add("addresses", customer="C1", kind="registered_office", line1="2 rue B",
                    postcode="75001", city="Paris")  # fmt: skip

    assert state().recipients.registered_office == ("Martin", "2 rue B", "75001 Paris")
    assert state().recipients.billing[1] == "1 rue A"


@pytest.mark.parametrize(
    ("nature", "business"),
    [("private", True), ("public", True), ("consumer", False), (None, False)],
)
def test_only_known_businesses_and_public_buyers_are_under_business_rules(
    receivables: Any, state: Any, nature: str | None, business: bool
):
    receivables.item("F1", "100.00", -10)
    receivables.con.execute("update customers set nature = ?", [nature])

    assert state().is_business is business
