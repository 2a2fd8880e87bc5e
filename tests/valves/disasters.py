"""More than fifty disasters, told as they happen: none of them may let a message leave.

Written from what reliability.md wants to be safe from, before there was any valve. A disaster is
done to a `Morning`: what the ERP delivers, what is set, what the provider answers, what the clock
shows. Nothing here knows how it is noticed.
"""

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from callsheet.settings import Settings

Row = dict[str, str]


@dataclass
class Morning:
    """The morning of an ordinary day, before anything ran; a disaster changes it."""

    as_of: date
    now: datetime
    settings: Settings
    templates: Path  # a copy, to be spoiled
    scenarios: Path  # a copy
    tables: dict[str, list[Row]]  # what the ERP delivers today
    last_week: dict[str, list[Row]]  # what it delivered seven days ago
    all_time: dict[str, list[Row]]  # every invoice ever, paid ones included
    folder: Path  # where the delivery lies, once it is written
    backup_of_home: Path  # the home as it was three days ago; the anchors lie elsewhere
    answer: int = 202  # of the provider, to every message
    is_delivered: bool = True  # False: nothing came, the folder is as it was
    raw: dict[str, Callable[[bytes], bytes]] = field(default_factory=dict)  # done to a file
    bounced: int = 0  # of the last hundred messages
    complaints: int = 0  # of the last hundred messages
    doubts: int = 0  # open ones
    is_stopped_by_hand: bool = False

    @property
    def items(self) -> list[Row]:
        """Return today's open items."""
        return self.tables["open_items"]

    def each(self, table: str, **changes: Callable[[Row], str]) -> None:
        """Change columns of every row of a table."""
        for row in self.tables[table]:
            row |= {name: change(row) for name, change in changes.items()}


DISASTERS: dict[str, Callable[[Morning], None]] = {}


def disaster(happens: Callable[[Morning], None]) -> Callable[[Morning], None]:
    """Add a story to the list, under its name."""
    DISASTERS[happens.__name__] = happens
    return happens


# The ledger is not whole.


@disaster
def half_of_the_ledger_is_missing(m: Morning) -> None:
    m.tables["open_items"] = m.items[::2]


@disaster
def half_of_the_customers_are_missing_with_all_they_owe(m: Morning) -> None:
    m.tables["customers"] = m.tables["customers"][::2]
    left = {row["customer"] for row in m.tables["customers"]}
    for name in ("open_items", "contacts", "addresses", "disputes"):
        m.tables[name] = [row for row in m.tables[name] if row["customer"] in left]


@disaster
def the_ledger_ends_after_a_thousand_characters(m: Morning) -> None:
    m.raw["open_items.csv"] = lambda content: content[:1000]


@disaster
def the_upload_broke_off_after_two_thirds(m: Morning) -> None:
    m.tables["open_items"] = m.items[: len(m.items) * 2 // 3 - 5]


@disaster
def the_ledger_is_empty_but_for_its_header(m: Morning) -> None:
    m.raw["open_items.csv"] = lambda content: content.partition(b"\n")[0] + b"\n"


@disaster
def the_ledger_is_a_file_of_no_bytes(m: Morning) -> None:
    m.raw["open_items.csv"] = lambda _: b""


@disaster
def one_of_three_companies_is_missing(m: Morning) -> None:
    m.tables["open_items"] = [row for row in m.items if row["entity"] != "FR01"]


@disaster
def only_invoices_above_500_are_exported(m: Morning) -> None:
    m.tables["open_items"] = [row for row in m.items if Decimal(row["amount"]) > 500]


@disaster
def only_overdue_invoices_are_exported(m: Morning) -> None:
    m.tables["open_items"] = [row for row in m.items if row["due_date"] < m.as_of.isoformat()]


@disaster
def the_customers_are_empty(m: Morning) -> None:
    m.raw["customers.csv"] = lambda content: content.partition(b"\n")[0] + b"\n"


@disaster
def most_customers_are_missing_but_not_what_they_owe(m: Morning) -> None:
    m.tables["customers"] = m.tables["customers"][:40]


@disaster
def the_contacts_are_gone_but_for_ten(m: Morning) -> None:
    m.tables["contacts"] = m.tables["contacts"][:10]


@disaster
def it_is_the_ledger_of_another_company(m: Morning) -> None:
    m.each("customers", customer=lambda row: "X" + row["customer"][1:])
    for name in ("contacts", "addresses", "disputes", "open_items"):
        m.each(name, customer=lambda row: "X" + row["customer"][1:])
    m.each("open_items", item=lambda row: "X" + row["item"], number=lambda row: "X" + row["number"])
    m.tables["disputes"] = m.tables["disputes"][:1]
    m.each("disputes", item=lambda _: m.items[0]["item"])


# There is too much of it.


@disaster
def the_ledger_is_doubled_line_by_line(m: Morning) -> None:
    m.tables["open_items"] = [row for row in m.items for _ in range(2)]


@disaster
def the_ledger_is_doubled_under_new_numbers(m: Morning) -> None:
    again = [row | {"item": row["item"] + "-1", "number": row["number"] + "-1"} for row in m.items]
    m.tables["open_items"] = m.items + again


@disaster
def the_ledger_is_doubled_with_other_amounts(m: Morning) -> None:
    again = [row | {"open_amount": f"{Decimal(row['open_amount']) / 2:.2f}"} for row in m.items]
    m.tables["open_items"] = m.items + again


@disaster
def every_invoice_ever_paid_is_open_again(m: Morning) -> None:
    m.tables["open_items"] = m.all_time["open_items"]


@disaster
def the_test_data_came_along(m: Morning) -> None:
    tests = [row | {"item": f"T{n}", "number": f"T{n}", "amount": "1.00", "open_amount": "1.00"}
             for n, row in enumerate(m.items)]  # fmt: skip
    m.tables["open_items"] = m.items + tests


# It is old.


@disaster
def last_weeks_file_is_delivered_as_todays(m: Morning) -> None:
    m.tables = m.last_week


@disaster
def the_export_has_been_dead_for_three_days(m: Morning) -> None:
    m.is_delivered = False
    m.as_of += timedelta(days=3)
    m.now += timedelta(days=3)


@disaster
def nothing_was_delivered_and_the_folder_is_empty_for_three_days(m: Morning) -> None:
    the_export_has_been_dead_for_three_days(m)
    shutil.rmtree(m.folder, ignore_errors=True)
    m.folder.mkdir(parents=True)


# Its amounts are wrong.


def _times(factor: str) -> dict[str, Callable[[Row], str]]:
    return {
        name: lambda row, name=name: f"{Decimal(row[name]) * Decimal(factor):.2f}"
        for name in ("amount", "open_amount")
    }


@disaster
def cents_for_euros(m: Morning) -> None:
    m.each("open_items", **_times("100"))


@disaster
def thousands_of_euros_for_euros(m: Morning) -> None:
    m.each("open_items", **_times("0.001"))


@disaster
def cents_for_euros_in_this_weeks_invoices_only(m: Morning) -> None:
    since = (m.as_of - timedelta(days=8)).isoformat()
    factors = _times("100")
    for row in m.items:
        if row["issue_date"] >= since:
            row |= {name: change(row) for name, change in factors.items()}


@disaster
def the_open_amount_is_nought_everywhere(m: Morning) -> None:
    m.each("open_items", open_amount=lambda _: "0.00")


@disaster
def every_invoice_claims_the_total_of_the_ledger(m: Morning) -> None:
    total = f"{sum(abs(Decimal(row['amount'])) for row in m.items):.2f}"
    m.each("open_items", amount=lambda _: total, open_amount=lambda _: total)


@disaster
def every_sign_is_turned_round(m: Morning) -> None:
    m.each("open_items", **_times("-1"))


@disaster
def the_amounts_are_in_dollars_all_of_a_sudden(m: Morning) -> None:
    m.each("open_items", currency=lambda _: "USD")


@disaster
def the_amounts_are_words(m: Morning) -> None:
    m.each("open_items", open_amount=lambda _: "#REF!")


# Its days are wrong.


@disaster
def everything_is_marked_overdue(m: Morning) -> None:
    due = (m.as_of - timedelta(days=14)).isoformat()
    issued = (m.as_of - timedelta(days=60)).isoformat()
    m.each("open_items", due_date=lambda _: due, issue_date=lambda _: issued)


@disaster
def everything_fell_due_a_year_ago(m: Morning) -> None:
    def earlier(row: Row, name: str) -> str:
        return (date.fromisoformat(row[name]) - timedelta(days=365)).isoformat()

    m.each("open_items", due_date=lambda row: earlier(row, "due_date"),
           issue_date=lambda row: earlier(row, "issue_date"))  # fmt: skip


@disaster
def every_term_is_shortened_by_a_month(m: Morning) -> None:
    def earlier(row: Row) -> str:
        due = date.fromisoformat(row["due_date"]) - timedelta(days=30)
        return max(due, date.fromisoformat(row["issue_date"])).isoformat()

    m.each("open_items", due_date=earlier)


@disaster
def due_days_and_issue_days_have_changed_places(m: Morning) -> None:
    for row in m.items:
        row["issue_date"], row["due_date"] = row["due_date"], row["issue_date"]


@disaster
def the_days_are_written_day_first(m: Morning) -> None:
    m.each("open_items", due_date=lambda row: "-".join(reversed(row["due_date"].split("-"))))


@disaster
def nothing_has_a_due_day(m: Morning) -> None:
    m.each("open_items", due_date=lambda _: "")


# It is somebody else's.


@disaster
def every_item_belongs_to_the_next_customer(m: Morning) -> None:
    keys = sorted({row["customer"] for row in m.items})
    following = dict(zip(keys, [*keys[1:], keys[0]], strict=True))
    m.each("open_items", customer=lambda row: following[row["customer"]])


@disaster
def all_addresses_are_one_address(m: Morning) -> None:
    m.each("contacts", email=lambda _: "everybody@one.example")


@disaster
def every_address_is_the_next_customers(m: Morning) -> None:
    emails = [row["email"] for row in m.tables["contacts"]]
    for row, email in zip(m.tables["contacts"], [*emails[1:], emails[0]], strict=True):
        row["email"] = email


@disaster
def our_bank_details_are_another_account(m: Morning) -> None:
    m.each("entities", iban=lambda _: "GB33BUKB20201555555555")


# What is set is wrong.


@disaster
def the_days_of_every_scenario_are_ten_times_too_small(m: Morning) -> None:
    for path in m.scenarios.glob("*.yaml"):
        numbers = iter(range(1, 100))
        text = re.sub(r"day: \+\d+", lambda _: f"day: +{next(numbers)}", path.read_text("utf-8"))  # noqa: B023
        path.write_text(text, encoding="utf-8")


@disaster
def a_template_does_not_parse(m: Morning) -> None:
    for path in (m.templates / "email").glob("*.j2"):
        path.write_text(path.read_text(encoding="utf-8") + "{% if", encoding="utf-8")


@disaster
def a_template_asks_for_what_nobody_knows(m: Morning) -> None:
    for path in (m.templates / "email").glob("*.j2"):
        text = path.read_text(encoding="utf-8").replace("{{", "{{ nobody_knows }}{{", 1)
        path.write_text(text, encoding="utf-8")


@disaster
def the_templates_are_gone(m: Morning) -> None:
    shutil.rmtree(m.templates / "email")


# The surroundings are wrong.


@disaster
def the_warehouse_was_restored_from_a_backup(m: Morning) -> None:
    shutil.rmtree(m.settings.home)
    shutil.copytree(m.backup_of_home, m.settings.home)


@disaster
def production_was_cloned_with_its_settings(m: Morning) -> None:
    clone = m.settings.home.with_name("clone")
    shutil.rmtree(clone, ignore_errors=True)
    shutil.copytree(m.settings.home, clone)
    m.settings = m.settings.model_copy(update={"home": clone})


@disaster
def production_was_cloned_into_an_environment_called_test(m: Morning) -> None:
    m.settings = m.settings.model_copy(update={"environment": "test"})


@disaster
def the_clock_was_set_back_by_a_week(m: Morning) -> None:
    m.as_of -= timedelta(days=7)
    m.now -= timedelta(days=7)


@disaster
def the_key_of_the_provider_was_revoked(m: Morning) -> None:
    m.answer = 401


@disaster
def the_provider_plays_in_its_sandbox(m: Morning) -> None:
    m.answer = 200


@disaster
def one_message_in_ten_came_back(m: Morning) -> None:
    m.bounced = 10


@disaster
def a_customer_called_us_spam(m: Morning) -> None:
    m.complaints = 1


@disaster
def eleven_messages_may_have_been_sent_or_not(m: Morning) -> None:
    m.doubts = 11


@disaster
def somebody_threw_the_switch(m: Morning) -> None:
    m.is_stopped_by_hand = True
