"""The last look goes to the ERP itself: what was paid a minute ago is not claimed."""

import sqlite3
from datetime import timedelta

import pytest
import yaml

from callsheet.settings import Source

LEDGER = """
create table items (id text, customer text, number text, kind text, issued text, due text,
    currency text, total text, rest text);
"""
QUERY = "select id, customer, number, kind, issued, due, currency, total, rest from items"


class Erp:
    """The company's ERP: a database that a source's file names, with a last look."""

    def __init__(self, folder, company):
        self.database, self.company = folder / "erp.db", company
        self.file = folder / "erp.yaml"
        (folder / "open_items.sql").write_text(QUERY)
        with sqlite3.connect(self.database) as ledger:
            ledger.executescript(LEDGER)
        self.takes_over_the_books()
        self.declare()

    def takes_over_the_books(self):
        """Book what the company's tables hold."""
        names = ("item", "customer", "number", "kind", "issue_date", "due_date", "currency")
        with sqlite3.connect(self.database) as ledger:
            ledger.execute("delete from items")
            for row in self.company.tables["open_items"]:
                cells = [str(row[name]) for name in (*names, "amount", "open_amount")]
                ledger.execute("insert into items values (?, ?, ?, ?, ?, ?, ?, ?, ?)", cells)

    def execute(self, statement):
        with sqlite3.connect(self.database) as ledger:
            ledger.execute(statement)

    def declare(self, **look):
        columns = {
            "item": "id", "customer": "customer", "number": "number", "kind": "kind",
            "issue_date": "issued", "due_date": "due", "currency": "currency", "amount": "total",
            "open_amount": "rest",
        }  # fmt: skip
        content = {
            "entities": ["FR1"],
            "erp": {"kind": "sql", "url": f"sqlite:///{self.database}", "last_look": look},
            "tables": {"open_items": {"query": "open_items.sql", "columns": columns}},
        }
        self.file.write_text(yaml.safe_dump(content))
        sources = (Source(name="erp", mapping=self.file),)
        self.company.settings = self.company.settings.model_copy(update={"sources": sources})

    def goes_away(self):
        self.database.rename(self.database.with_suffix(".away"))

    def comes_back(self):
        self.database.with_suffix(".away").rename(self.database)


@pytest.fixture
def erp(company_of_engine, tmp_path):
    """A company with one confirmed reminder over 1,000.00, and its ERP that says the same."""
    company = company_of_engine
    company.customer("C1")
    company.customer("C2")
    company.pull()
    company.plan({"customer": "C1", "step": "email-1"}, {"customer": "C2", "step": "email-1"})
    return Erp(tmp_path, company)


def test_what_stands_in_the_erp_as_in_the_message_lets_it_go(erp):
    summary = erp.company.dispatch()

    assert summary.sent == {"accepted": 2}


def test_what_was_paid_a_minute_ago_is_not_claimed_and_the_others_are(erp):
    erp.execute("update items set rest = '0' where customer = 'C1'")

    erp.company.dispatch()

    assert erp.company.states() == {
        "C1 email-1": "cancelled paid", "C2 email-1": "accepted",
    }  # fmt: skip


def test_an_item_that_the_erp_no_longer_has_is_not_claimed(erp):
    erp.execute("delete from items where customer = 'C2'")

    erp.company.dispatch()

    assert erp.company.states()["C2 email-1"] == "cancelled paid"


def test_a_credit_that_was_booked_a_minute_ago_keeps_the_mail_back(erp):
    erp.execute(
        "insert into items select 'A-1', customer, 'A-1', 'credit_note', issued, due, currency,"
        " '-5', '-5' from items where customer = 'C1'"
    )

    erp.company.dispatch()

    assert erp.company.states()["C1 email-1"] == "cancelled payload_changed"


def test_an_erp_that_is_silent_holds_its_messages_and_they_go_when_it_is_back(erp):
    company = erp.company
    erp.goes_away()

    held = company.dispatch()
    assert (dict(held.stopped), company.outbox()) == ({"erp_silent": 2}, [])
    assert company.states()["C1 email-1"] == "blocked erp_silent"

    company.dispatch()  # at once: nobody asks again so soon, and the history does not grow
    assert len(company.history("C1")) == 3  # planned, confirmed, blocked

    erp.comes_back()
    company.now += timedelta(minutes=31)
    assert company.dispatch().sent == {"accepted": 2}


def test_who_would_rather_go_by_the_snapshot_may_say_so(erp):
    erp.declare(if_silent="proceed")
    erp.goes_away()

    assert erp.company.dispatch().sent == {"accepted": 2}


def test_an_erp_that_is_not_asked_is_not_missed(erp):
    content = yaml.safe_load(erp.file.read_text())
    del content["erp"]["last_look"]
    erp.file.write_text(yaml.safe_dump(content))
    erp.execute("update items set rest = '0'")

    assert erp.company.dispatch().sent == {"accepted": 2}
