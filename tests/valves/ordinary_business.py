"""Two years of ordinary business: what no valve may stop on more than one day in a hundred.

Three companies (France, Germany, Great Britain) with their own holidays and currencies. The shape
is the public extract's: about 1.07 invoices a customer and month, two in five of them paid late,
by ten days on average and up to 45. Unlike there, nearly half the customers pay at the end of a
month, so that due dates and reminders come in heaps; half the invoices of a month are written in
its last days; a fifth more customers come every year; August is quiet, December is not.
"""

import calendar
import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import yaml

from callsheet.calendars import closed_days

Row = dict[str, str]
Closed = frozenset[date]
FIRST_DAY = date(2025, 1, 2)
LAST_DAY = FIRST_DAY + timedelta(days=729)
RUN_UP_DAYS = 150  # invoices written before the first day that is played

ENTITIES: tuple[Row, ...] = (
    {
        "entity": "FR01", "name": "Ordinaire SAS", "currency": "EUR", "calendar": "FR",
        "time_zone": "Europe/Paris", "language": "fr", "iban": "FR7699999000100001234567868",
        "country": "FR",
    },
    {
        "entity": "DE01", "name": "Ordinar GmbH", "currency": "EUR", "calendar": "DE",
        "time_zone": "Europe/Berlin", "language": "en", "iban": "DE68999999990123456789",
        "country": "DE",
    },
    {
        "entity": "GB01", "name": "Ordinary Ltd", "currency": "GBP", "calendar": "GB",
        "time_zone": "Europe/London", "language": "en", "iban": "GB52ZZZZ99999912345678",
        "country": "GB",
    },
)  # fmt: skip
# Terms and how many of a hundred customers have them; an end-of-month term ends with its month.
TERMS = (("net 30", 35), ("net 60", 10), ("30 end of month", 27), ("45 end of month", 13),
         ("end of month + 10", 6), ("net 14", 9))  # fmt: skip
MONTHLY = {8: 0.6, 12: 1.3}  # of the invoices of other months
YEARLY_GROWTH = 0.20


@dataclass(frozen=True)
class Customer:
    """One customer: `late_share` of its invoices are paid late."""

    key: str
    entity: str
    since: date
    terms: str
    late_share: float
    typical_amount: float
    bills_at_month_end: bool
    is_risky: bool


@dataclass(frozen=True)
class Invoice:
    """One invoice or credit note, from its issue to the day it was settled."""

    number: str
    customer: Customer
    kind: str
    issued_on: date
    due_on: date
    amount: Decimal
    settled_on: date
    disputed_from: date | None = None


@dataclass(frozen=True)
class Business:
    """The companies' customers and everything they were ever billed."""

    customers: tuple[Customer, ...]
    invoices: tuple[Invoice, ...]

    def open_on(self, day: date) -> list[Invoice]:
        """Return what is open on a day, as the ledger shows it that evening."""
        return [one for one in self.invoices if one.issued_on <= day < one.settled_on]


def ordinary_business(
    seed: int = 2025, customers: int = 600, until: date = LAST_DAY, first: date = FIRST_DAY
) -> Business:
    """Return the same business for the same seed, on any machine."""
    random = Random(seed)  # noqa: S311  # play, not secrecy
    around = date(first.year - 1, 1, 1), date(until.year + 1, 12, 31)
    closed = {one["entity"]: closed_days(one["calendar"], *around) for one in ENTITIES}
    starts = first - timedelta(days=RUN_UP_DAYS)
    count = _grown(customers, first, until)
    people = [_customer(random, number, starts) for number in range(count)]
    people = [_moved(one, number, customers, first, until) for number, one in enumerate(people)]
    invoices: list[Invoice] = []
    for person in people:
        for issued_on in _billing_days(random, person, until, closed[person.entity]):
            number = f"{person.entity[:2]}{len(invoices) + 1:06}"
            invoices.append(_invoice(random, number, person, issued_on, closed[person.entity]))
    return Business(tuple(people), tuple(invoices))


def _grown(customers: int, first: date, until: date) -> int:
    return round(customers * (1 + YEARLY_GROWTH * (until - first).days / 365))


def _customer(random: Random, number: int, starts: date) -> Customer:
    entity = ENTITIES[number % 3]["entity"]
    names, weights = zip(*TERMS, strict=True)
    return Customer(
        key=f"C{number + 1:05}",
        entity=entity,
        since=starts,
        terms=random.choices(names, weights)[0],
        late_share=min(0.95, max(0.02, random.gauss(0.35, 0.22))),
        typical_amount=random.lognormvariate(6.4, 0.9),
        bills_at_month_end=random.random() < 0.5,
        is_risky=random.random() < 0.08,
    )


def _moved(one: Customer, number: int, customers: int, first: date, until: date) -> Customer:
    """Let customers beyond the first ones come one after the other."""
    if number < customers:
        return one
    share = (number - customers) / max(1, _grown(customers, first, until) - customers)
    since = first + timedelta(days=round(share * (until - first).days))
    return Customer(**{**vars(one), "since": since})


def _billing_days(random: Random, person: Customer, until: date, closed: Closed) -> Iterable[date]:
    month = date(person.since.year, person.since.month, 1)
    while month <= until:
        last = calendar.monthrange(month.year, month.month)[1]
        wanted = 1.07 * MONTHLY.get(month.month, 1.0)
        count = int(wanted) + (random.random() < wanted - int(wanted))
        for _ in range(count):
            number = random.randint(last - 3 if person.bills_at_month_end else 1, last)
            day = _open_day(month.replace(day=number), closed, back=True)
            if person.since <= day <= until:
                yield day
        month = (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def _invoice(
    random: Random, number: str, person: Customer, issued_on: date, closed: Closed
) -> Invoice:  # fmt: skip
    due_on = due_day(person.terms, issued_on)
    amount = Decimal(str(round(person.typical_amount * random.uniform(0.4, 1.9), 2)))
    is_late = random.random() < person.late_share
    # Mean of the extract's late ones: ten days; its latest: 45. A few never end by themselves.
    delay = min(45, 1 + int(random.expovariate(1 / 10))) if is_late else -random.randint(0, 9)
    if is_late and random.random() < 0.03:
        delay = random.randint(50, 200)
    settled_on = max(issued_on + timedelta(days=1), due_on + timedelta(days=delay))
    disputed = issued_on + timedelta(days=12) if random.random() < 0.03 else None
    if disputed is not None:
        settled_on += timedelta(days=25)
    if random.random() < 0.02:
        return Invoice(number, person, "credit_note", issued_on, issued_on, -amount / 4,
                       _open_day(issued_on + timedelta(days=9), closed))  # fmt: skip
    return Invoice(number, person, "invoice", issued_on, due_on, amount,
                   _open_day(settled_on, closed), disputed)  # fmt: skip


def due_day(terms: str, issued_on: date) -> date:
    """Return when an invoice with these terms falls due."""
    if terms.startswith("net"):
        return issued_on + timedelta(days=int(terms.split()[1]))
    if terms == "end of month + 10":
        return _month_end(issued_on) + timedelta(days=10)
    return _month_end(issued_on + timedelta(days=int(terms.split(maxsplit=1)[0])))


def _month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _open_day(day: date, closed: Closed, *, back: bool = False) -> date:
    while day in closed:
        day += timedelta(days=-1 if back else 1)
    return day


# What lies in the folder of the extract: the tables, as rows of text.


def tables_of(business: Business, invoices: Iterable[Invoice]) -> dict[str, list[Row]]:
    """Return the files of a delivery that shows these invoices."""
    invoices = list(invoices)
    people = business.customers
    return {
        "entities": [_entity(one) for one in ENTITIES],
        "colleagues": [
            {"colleague": who, "name": f"Colleague {who}", "role": role,
             "email": f"{who.lower()}@ordinary.example", "phone": "+33199000001", "language": "en"}
            for who, role in (("COL", "collector"), ("SAL", "sales"), ("CM", "credit_manager"))
        ],
        "customers": [_customer_row(one) for one in people],
        "contacts": [
            {"contact": f"K{one.key}", "customer": one.key, "role": "accounting",
             "name": f"Accounts of {one.key}", "email": f"accounts@{one.key.lower()}.example",
             "phone": "+33199000002", "is_collection": "true", "since": one.since.isoformat()}
            for one in people
        ],
        "addresses": [
            {"customer": one.key, "kind": kind, "name": f"Customer {one.key}",
             "line1": "1 Ordinary Street", "postcode": "10000", "city": "Ordinary",
             "country": one.entity[:2]}
            for one in people for kind in ("billing", "registered_office")
        ],
        "open_items": [_item(one) for one in invoices],
        "disputes": [
            {"dispute": f"D{one.number}", "customer": one.customer.key,
             "entity": one.customer.entity, "item": one.number, "reason": "quality",
             "from_day": f"{one.disputed_from}", "recorded_on": f"{one.disputed_from}"}
            for one in invoices if one.disputed_from is not None
        ],
    }  # fmt: skip


def _entity(one: Row) -> Row:
    return {
        **one, "sending_from": "08:30", "sending_until": "18:00", "sender_name": one["name"],
        "sender_email": "accounts@ordinary.example", "reply_to": "accounts@ordinary.example",
        "credit_manager": "CM", "bank_name": "Bank of Nowhere", "bic": "ZZZZFRP1XXX",
        "address_line1": "1 Quay Street", "postcode": "99999", "city": "Nowhere",
        "registration": "999 999 991",
    }  # fmt: skip


def _customer_row(one: Customer) -> Row:
    return {
        "customer": one.key, "name": f"Customer {one.key}",
        "language": "fr" if one.entity == "FR01" else "en", "country": one.entity[:2],
        "nature": "private", "risk_class": "high" if one.is_risky else "low", "size": "M",
        "payment_method": "transfer", "payer_profile": "good", "collector": "COL",
        "sales_manager": "SAL", "since": one.since.isoformat(),
    }  # fmt: skip


def _item(one: Invoice) -> Row:
    currency = "GBP" if one.customer.entity == "GB01" else "EUR"
    amount = f"{one.amount:.2f}"
    return {
        "item": one.number, "customer": one.customer.key, "entity": one.customer.entity,
        "number": one.number, "kind": one.kind, "issue_date": one.issued_on.isoformat(),
        "due_date": one.due_on.isoformat(), "currency": currency, "amount": amount,
        "open_amount": amount, "settled": one.settled_on.isoformat(),
    }  # fmt: skip


# Tables that know since when a row is true; the rest is the same on every day.
NO_DISPUTES = ["dispute", "customer", "entity", "item", "reason", "from_day", "recorded_on"]
KNOWN_SINCE = {"customers": "since", "contacts": "since", "disputes": "recorded_on"}


def write_delivery(
    folder: Path, tables: Mapping[str, list[Row]], *, with_history: bool = False
) -> Path:
    """Write the files and the mapping that reads them; return the mapping's place."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        columns = list(dict.fromkeys(key for row in rows for key in row)) or NO_DISPUTES
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    place = folder / "mapping.yaml"
    place.write_text(yaml.safe_dump(_mapping(tables, with_history=with_history)))
    return place


def _mapping(tables: Mapping[str, list[Row]], *, with_history: bool) -> dict[str, object]:
    read: dict[str, dict[str, object]] = {}
    for name, rows in tables.items():
        columns = list(dict.fromkeys(key for row in rows for key in row))
        columns = [one for one in columns if one not in ("since", "settled")] or NO_DISPUTES
        read[name] = {"file": f"{name}.csv", "columns": {column: column for column in columns}}
        if with_history and name in KNOWN_SINCE:
            read[name]["open_when"] = {"issued": KNOWN_SINCE[name]}
        if with_history and name == "open_items":
            read[name]["open_when"] = {"issued": "issue_date", "settled": "settled"}
    return {
        "mode": "stock",
        "entities": [one["entity"] for one in ENTITIES],
        "pull": {"stable_seconds": 0},
        "ids": {"customer": {"length": 6}},
        "tables": read,
    }
