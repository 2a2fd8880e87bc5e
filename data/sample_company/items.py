"""The items of each account: a leader that puts it where its situation says, and company for it."""

import random
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sample_company.accounts import Account
from sample_company.scenarios import SCENARIOS

OPEN_ITEMS = 3000
TERMS = (30, 30, 45, 60)
CREDITS = frozenset({"credit_note", "payment"})
# What fills the accounts up, once their leaders stand: kinds that lead nothing overdue.
FILLERS = {
    "invoice": 85,
    "draft": 3,
    "down_payment_request": 3,
    "penalty": 3,
    "credit_note": 3,
    "misc": 3,
}
PREFIX = {
    "invoice": "F",
    "credit_note": "A",
    "payment": "R",
    "misc": "O",
    "draft": "E",
    "down_payment_request": "D",
    "penalty": "P",
}


@dataclass
class Item:
    """One open item, signed as an accountant signs it: credits are below zero."""

    key: str
    account: Account
    kind: str
    issued: date
    due: date
    amount: Decimal
    open_amount: Decimal
    currency: str
    applies_to: str = ""
    cleared: date | None = None

    @property
    def number(self) -> str:
        """The number the customer knows."""
        return self.key.partition("-")[2]


class Items:
    """Make items with numbers of their own; the same `rng` makes the same ones."""

    def __init__(self, rng: random.Random, as_of: date) -> None:
        """Start with no number given."""
        self.rng = rng
        self.as_of = as_of
        self.numbers: Counter[str] = Counter()
        self.made: list[Item] = []

    def add(self, account: Account, kind: str, due: date, amount: Decimal | None = None) -> Item:
        """Return a new item of `account`; without `amount`, an ordinary one of its currency."""
        prefix = f"{account.entity.key}-{PREFIX[kind]}"
        self.numbers[prefix] += 1
        total = self.ordinary_amount(account.currency) if amount is None else amount
        if kind in CREDITS:
            total = -abs(total)
        # Issued at least six days ago, so that a notice before the due date is not too early.
        issued = min(due - timedelta(self.rng.choice(TERMS)), self.as_of - timedelta(6))
        if kind in CREDITS:
            issued = due
        key = f"{prefix}26{self.numbers[prefix]:05d}"
        item = Item(key, account, kind, issued, due, total, total, account.currency)
        self.made.append(item)
        return item

    def ordinary_amount(self, currency: str) -> Decimal:
        """Return an amount as invoices have it: mostly hundreds, some thousands."""
        cents = int(self.rng.lognormvariate(11.3, 1.1)) + 6_000
        return Decimal(cents) if currency == "JPY" else Decimal(cents).scaleb(-2)


def leader_due(account: Account, as_of: date, rng: random.Random) -> date:
    """Return the due date of the account's oldest item, as its situation asks."""
    steps = SCENARIOS[account.customer.scenario]
    day = steps[account.step].day
    if account.situation in {"due", "credits_to_allocate"}:
        return as_of - timedelta(day)
    if account.situation in {"not_due", "member", "nothing_open"}:
        return as_of + timedelta(rng.randint(14, 50))
    if account.situation == "finished":
        return as_of - timedelta(day + rng.randint(15, 40))
    # Between the step done and the next one, so that today is a day of waiting.
    gap = steps[account.step + 1].day - day
    return as_of - timedelta(day + max(1, rng.randint(1, max(1, gap - 3))))


def make_items(rng: random.Random, accounts: list[Account], as_of: date) -> Items:
    """Return `OPEN_ITEMS` items over all accounts."""
    items = Items(rng, as_of)
    for account in accounts:
        _lead(items, account)
    fillable = [a for number, a in enumerate(accounts) if _has_company(a, number)]
    while len(items.made) < OPEN_ITEMS:
        _fill(items, rng.choice(fillable))
    return items


def _has_company(account: Account, number: int) -> bool:
    """Say whether an account has more items than the one that leads it.

    Half of the disputed and promised accounts have not, so that nothing else of them may lead.
    """
    if account.situation in {"disputed", "promised"}:
        return number % 2 == 0
    return account.situation not in {"nothing_open", "finished"}


def _lead(items: Items, account: Account) -> None:
    """Add the items that the account's situation is made of."""
    rng, situation = items.rng, account.situation
    due = leader_due(account, items.as_of, rng)
    if situation == "nothing_open":
        items.add(account, "payment", items.as_of - timedelta(rng.randint(2, 30)))
        return
    kind = "misc" if situation == "due" and account.step == 3 else "invoice"
    small = Decimal("12.50") if situation == "below_minimum" and account.currency != "JPY" else None
    leader = items.add(account, kind, due, small)
    if situation == "due" and account.step in {1, 4} and kind == "invoice":
        leader.open_amount = (leader.amount * Decimal("0.4")).quantize(leader.amount)
    if situation in {"covered_by_credits", "credits_to_allocate"}:
        share = Decimal("1.5") if situation == "covered_by_credits" else Decimal("0.1")
        paid = (leader.amount * share).quantize(leader.amount)
        items.add(account, "payment", items.as_of - timedelta(rng.randint(1, 9)), paid)


def _fill(items: Items, account: Account) -> None:
    """Add one more item to an account, due later than its leader by at least a fortnight."""
    rng = items.rng
    kind = rng.choices(list(FILLERS), weights=list(FILLERS.values()))[0]
    due = items.as_of + timedelta(rng.randint(14, 60))
    if kind in CREDITS:
        _add_credit(items, account)
        return
    if kind in {"draft", "penalty"}:
        due = items.as_of - timedelta(rng.randint(1, 20))
    if kind == "invoice" and account.situation == "due" and account.step > 2 and rng.random() < 0.3:
        # Overdue too, younger than the leader: it is claimed with it.
        due = items.as_of - timedelta(rng.randint(1, 3))
    amount = Decimal(40) if kind == "penalty" and account.currency != "JPY" else None
    item = items.add(account, kind, due, amount)
    if kind == "misc" and rng.random() < 0.5:
        small = (item.amount * Decimal("-0.05")).quantize(item.amount)
        item.amount = item.open_amount = small if _takes_credits(account) else item.amount


def _add_credit(items: Items, account: Account) -> None:
    """Add a small credit that names an invoice; an account at a legal step is left without."""
    if not _takes_credits(account):
        return
    invoice = next(i for i in items.made if i.account is account and i.kind in {"invoice", "misc"})
    share = (invoice.open_amount * Decimal("0.08")).quantize(invoice.amount)
    day = items.as_of - timedelta(items.rng.randint(1, 25))
    credit = items.add(account, "credit_note", day, share)
    credit.applies_to = invoice.key


def _takes_credits(account: Account) -> bool:
    """Say whether a credit leaves the account in its situation."""
    legal_from = len(SCENARIOS[account.customer.scenario]) - 3
    return account.situation in {"waiting", "not_due", "due"} and account.step < min(legal_from, 4)
