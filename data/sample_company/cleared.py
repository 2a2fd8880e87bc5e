"""Two years of invoices that were paid, each customer with habits of its own."""

import random
from datetime import date, timedelta

from sample_company.accounts import Account
from sample_company.items import TERMS, Item, Items

DAYS_LATE = {"good": (-3, 6), "average": (0, 18), "poor": (5, 60)}
FIRST_DAY = date(2024, 10, 1)


def make_cleared(rng: random.Random, items: Items, accounts: list[Account]) -> list[Item]:
    """Return the cleared invoices of every account, in the order they were issued."""
    paid: list[Item] = []
    for account in accounts:
        day = FIRST_DAY + timedelta(rng.randint(0, 40))
        while day < items.as_of - timedelta(30):
            invoice = _paid_invoice(rng, items, account, day)
            if invoice.cleared is not None and invoice.cleared < items.as_of:
                paid.append(invoice)
            day += timedelta(rng.randint(25, 75))
    paid.sort(key=lambda invoice: (invoice.issued, invoice.account.customer.key, invoice.due))
    for number, invoice in enumerate(paid, start=1):
        invoice.key = f"{invoice.account.entity.key}-C{number:06d}"
    return paid


def _paid_invoice(rng: random.Random, items: Items, account: Account, issued: date) -> Item:
    due = issued + timedelta(rng.choice(TERMS))
    paid = due + timedelta(rng.randint(*DAYS_LATE[account.customer.payer_profile]))
    amount = items.ordinary_amount(account.currency)
    currency = account.currency
    return Item("", account, "invoice", issued, due, amount, amount, currency, cleared=paid)
