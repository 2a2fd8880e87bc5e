"""Groups: a reminder speaks for all, a legal notice for one creditor and one debtor."""

import pytest

from callsheet.desk.confirmation import confirm
from callsheet.messages.letter_tables import tables_of
from callsheet.messages.statement import WantedAccount, statements
from callsheet.planning.content import read
from callsheet.snapshots.snapshot import latest
from callsheet.store.lake import attach


@pytest.fixture
def group(company):
    """A head account and one of its subsidiaries, each owing 1,000.00."""
    company.customer("HEAD")
    company.customer("SUB", head_account="HEAD")
    company.pull()
    return company


def texts(company):
    home = company.settings.home
    return {
        action.customer: read(home, action.customer, action.content_hash)
        for action in company.actions()
    }


def test_one_reminder_names_the_invoices_of_the_whole_group(group):
    group.plan({"customer": "HEAD", "step": "email-2"})

    [(customer, message)] = texts(group).items()
    assert customer == "HEAD"
    assert "F-HEAD" in message.text
    assert "F-SUB" in message.text


def test_every_line_of_a_group_names_the_member_it_belongs_to(group):
    group.plan({"customer": "HEAD", "step": "email-2"})

    [message] = texts(group).values()
    assert message.text.count("Client SUB (SUB)") == 1
    of_sub = message.text.index("F-SUB")
    assert "Client SUB (SUB)" in message.text[of_sub:].splitlines()[1]
    assert message.html.count("Client SUB (SUB)") == 1
    assert "(HEAD)" not in message.text, "its own account needs no name"


def test_a_letter_of_a_group_names_the_member_too(group):
    with group.warehouse.transaction() as tx:
        con = tx.duckdb()
        refs = latest(tx, ["erp"], group.as_of)
        attach(con, refs, group.settings.home / "lake")
        wanted = [WantedAccount("HEAD|FR1", "HEAD", "FR1", "F-HEAD")]
        [statement] = statements(con, wanted, group.as_of, group.settings.decision).values()
    [claim] = [claim for section in statement.sections for claim in section.claims]
    words = {
        "kinds": {},
        "number": "",
        "issued": "",
        "due": "",
        "late": "",
        "invoiced": "",
        "open": "",
        "days_unit": "j",
        "statement_with": "",
        "colon": "",
        "total": "",
    }
    [table] = tables_of(statement.sections, {"claim"}, "", words, "fr")
    assert [row[0] for row in table["rows"]] == ["F-HEAD", "F-SUB · Client SUB (SUB)"]
    assert len(claim.lines) == 2


def test_each_legal_debtor_gets_a_notice_of_its_own(group):
    group.plan({"customer": "HEAD", "step": "notice"})

    messages = texts(group)
    assert sorted(messages) == ["HEAD", "SUB"]
    assert "F-HEAD" in messages["HEAD"].text
    assert "F-SUB" not in messages["HEAD"].text
    assert "F-SUB" in messages["SUB"].text
    assert "Client SUB" in messages["SUB"].to_address


def test_both_notices_go_and_are_planned_once(group):
    group.plan({"customer": "HEAD", "step": "notice"})
    again = group.plan({"customer": "HEAD", "step": "notice"})
    with group.warehouse.transaction() as tx:
        confirm(tx, "FR1", None, group.told())

    assert group.dispatch().printed == 2
    assert again.plan_id == ""


def test_when_one_customer_is_one_unit_the_leaders_entity_sends(company):
    company.customer("C1")
    company.pull()
    company.plan({"customer": "C1", "step": "email-1", "unit": "C1", "entity": None})

    assert company.dispatch().sent == {"accepted": 1}
    assert company.actions()[0].entity == "FR1"
