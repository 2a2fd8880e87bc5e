"""Make a small company in a fresh Tryton: runs in Tryton's own environment, not in ours.

usage: tryton_company.py DATABASE CONFIGURATION

Acme sells in euros. Anna (French) owes an invoice in two instalments and has a credit note; Boris
(English) owes dollars and one line of his is blocked; Carla (German) paid one invoice, owes
another, and has a payment that nobody has allocated.
"""

import datetime as dt
import sys
from decimal import Decimal

import trytond.config

trytond.config.update_etc(sys.argv[2])  # before any module of Tryton: it chooses the database

from proteus import Model, Wizard  # noqa: E402
from proteus import config as proteus_config  # noqa: E402
from trytond.modules.account.tests.tools import create_chart, get_accounts  # noqa: E402
from trytond.modules.account_invoice.tests.tools import (  # noqa: E402
    set_fiscalyear_invoice_sequences,
)
from trytond.modules.company.tests.tools import create_company, get_company  # noqa: E402
from trytond.modules.currency.tests.tools import get_currency  # noqa: E402

CONFIG = proteus_config.set_trytond(sys.argv[1], user="admin", config_file=sys.argv[2])
CONFIG.skip_warning = True  # due dates in the past are meant


def year() -> None:
    types = Model.get("ir.sequence.type")
    (kind,) = types.find([("name", "=", "Account Move")], limit=1)
    fiscal = Model.get("account.fiscalyear")(name="2026", company=get_company())
    fiscal.start_date, fiscal.end_date = dt.date(2026, 1, 1), dt.date(2026, 12, 31)
    sequence = Model.get("ir.sequence.strict")(name="2026", sequence_type=kind)
    sequence.company = get_company()
    sequence.save()
    fiscal.move_sequence = sequence
    set_fiscalyear_invoice_sequences(fiscal)
    fiscal.click("create_period")


def party(name: str, language: str, place: str, email: str, phone: str) -> object:
    country = Model.get("country.country")(name=place, code=place)
    country.save()
    made = Model.get("party.party")(name=name)
    (made.lang,) = Model.get("ir.lang").find([("code", "=", language)])
    address = made.addresses[0] if made.addresses else made.addresses.new()
    address.street_unstructured, address.postal_code = "1 Main Street", "10000"
    address.city, address.country = "Town", country
    if email:
        made.contact_mechanisms.new(type="email", value=email)
    made.contact_mechanisms.new(type="mobile", value=phone)
    made.save()
    return made


def term(name: str, *days: int) -> object:
    made = Model.get("account.invoice.payment_term")(name=name)
    for no, day in enumerate(days):
        last = no == len(days) - 1
        line = made.lines.new(type="remainder") if last else made.lines.new(type="percent")
        if not last:
            line.ratio = Decimal("0.5")
        line.relativedeltas.new().days = day
    made.save()
    return made


def invoice(
    who: object, terms: object, day: dt.date, amount: str, quantity: int = 1, currency: str = "EUR"
) -> object:
    made = Model.get("account.invoice")(type="out", party=who, payment_term=terms)
    made.currency = get_currency(currency)
    made.invoice_date = made.accounting_date = day
    line = made.lines.new()
    line.account, line.quantity = ACCOUNTS["revenue"], quantity
    line.unit_price, line.description = Decimal(amount), "Goods"
    return made


def payment(who: object, day: dt.date, amount: str) -> object:
    (journal,) = Model.get("account.journal").find([("code", "=", "REV")], limit=1)
    move = Model.get("account.move")(journal=journal, date=day)
    cash, owed = move.lines.new(), move.lines.new()
    cash.account, cash.debit = ACCOUNTS["cash"], Decimal(amount)
    owed.account, owed.party, owed.credit = ACCOUNTS["receivable"], who, Decimal(amount)
    move.click("post")
    return move


def receivable(posted: object) -> list:
    owed = ACCOUNTS["receivable"].id
    return [line for line in posted.lines if line.account.id == owed]


create_company(currency=get_currency("EUR"))
create_chart()
year()
ACCOUNTS = get_accounts()
anna = party("Anna", "fr", "FR", "compta@anna.example", "+33 6 12 34 56 78")
boris = party("Boris", "en", "GB", "accounts@boris.example", "+44 7700 900123")
carla = party("Carla", "de", "DE", "", "+49 151 23456789")
plain, halves = term("30 days", 30), term("in halves", 30, 60)
made = [
    invoice(anna, halves, dt.date(2026, 8, 1), "1000.00"),
    invoice(anna, plain, dt.date(2026, 9, 10), "55.50", quantity=-1),
    invoice(boris, plain, dt.date(2026, 9, 1), "100.00", currency="USD"),
    invoice(boris, plain, dt.date(2026, 9, 2), "40.00"),
    invoice(carla, plain, dt.date(2026, 7, 1), "70.00"),
    invoice(carla, plain, dt.date(2026, 10, 1), "80.00"),
]
Model.get("account.invoice").save(made)
Model.get("account.invoice").click(made, "post")
made = [Model.get("account.invoice")(one.id) for one in made]
paid = payment(carla, dt.date(2026, 8, 3), "70.00")
payment(carla, dt.date(2026, 11, 2), "30.00")  # nobody has said which invoice it is for
Wizard("account.move.reconcile_lines", [*receivable(made[4].move), *receivable(paid)])
Model.get("account.move.line").click(receivable(made[3].move), "payment_block")
