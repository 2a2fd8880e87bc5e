"""What takes items out of the scenario, and the opening position."""

import random
from datetime import date, timedelta
from decimal import Decimal

from callsheet.calendars import working_days_after
from sample_company.accounts import Account
from sample_company.group import colleagues
from sample_company.items import Item
from sample_company.scenarios import SCENARIOS

Row = dict[str, object]
GRACE = 2  # working days that a promise may be late
DUE_TODAY = frozenset({"due", "credits_to_allocate"})
REASONS = ("price", "quality", "delivery", "order_number_missing", "billing_error")


def make_disputes(rng: random.Random, items: list[Item], as_of: date) -> list[Row]:
    """Return the disputes: whole ones, partial ones, and a few closed long ago."""
    rows: list[Row] = []
    for item in overdue(items, as_of):
        situation = item.account.situation
        if situation not in {"disputed", "partly_disputed"}:
            continue
        part = (item.open_amount * Decimal("0.3")).quantize(item.amount)
        raised = as_of - timedelta(rng.randint(2, 12))
        rows.append(
            {
                "dispute": f"LIT-{len(rows) + 1:04d}",
                "customer": item.account.customer.key,
                "entity": item.account.entity.key,
                "item": item.key,
                "amount": part if situation == "partly_disputed" else "",
                "reason": rng.choice(REASONS),
                "resolver": colleagues("sales_administration", item.account.entity.country)[0],
                "from_day": raised,
                "until_day": "",
                "recorded_on": raised,
                "outcome": "",
            }
        )
    return rows


def make_promises(rng: random.Random, items: list[Item], as_of: date) -> list[Row]:
    """Return the promises to pay, each on one overdue item, as specific actions."""
    rows: list[Row] = []
    for item in overdue(items, as_of):
        if item.account.situation != "promised":
            continue
        given = as_of - timedelta(rng.randint(1, 6))
        promised = as_of + timedelta(rng.randint(2, 14))
        rows.append(
            {
                "specific_action": f"PRO-{len(rows) + 1:04d}",
                "customer": item.account.customer.key,
                "entity": item.account.entity.key,
                "item": item.key,
                "kind": "promise",
                "amount": item.open_amount,
                "promised_on": promised,
                "from_day": given,
                "until_day": working_days_after(item.account.entity.country, promised, GRACE),
                "recorded_on": given,
            }
        )
    return rows


def make_holds(rng: random.Random, accounts: list[Account], as_of: date) -> list[Row]:
    """Return the holds: half of them until a date, half until somebody lifts them."""
    held = [account for account in accounts if account.situation == "held"]
    reasons = ("commercial negotiation", "management decision", "account under review")
    return [
        {
            "hold": f"HOLD-{number:03d}",
            "customer": account.customer.key,
            "entity": account.entity.key,
            "item": "",
            "reason": rng.choice(reasons),
            "from_day": as_of - timedelta(rng.randint(1, 20)),
            "until_day": as_of + timedelta(rng.randint(5, 30)) if number % 2 else "",
            "recorded_on": as_of - timedelta(20),
        }
        for number, account in enumerate(held, start=1)
    ]


def make_insolvencies(accounts: list[Account], as_of: date) -> list[Row]:
    """Return two insolvencies among the accounts that wait for their next step."""
    waiting = [account for account in accounts if account.situation == "waiting"]
    return [
        {
            "insolvency": f"INS-{number}",
            "customer": account.customer.key,
            "entity": "",
            "kind": kind,
            "from_day": as_of - timedelta(days),
            "until_day": "",
            "recorded_on": as_of - timedelta(days - 2),
        }
        for number, (account, kind, days) in enumerate(
            zip(waiting[7::40], ("receivership", "liquidation"), (9, 16), strict=False), start=1
        )
    ]


def make_opening(items: list[Item], as_of: date) -> list[Row]:
    """Return the last step and day of each account in the tool used before."""
    rows: list[Row] = []
    for account, leader in leaders(items).items():
        done = account.step - 1 if account.situation in DUE_TODAY else account.step
        if done < 0 or leader.due >= as_of:
            continue
        step = SCENARIOS[account.customer.scenario][done]
        rows.append(
            {
                "customer": account.customer.key,
                "entity": account.entity.key,
                "scenario": account.customer.scenario,
                "step": step.key,
                "day": leader.due + timedelta(step.day),
                "leader": leader.key,
            }
        )
    return rows


def leaders(items: list[Item]) -> dict[Account, Item]:
    """Return the oldest invoice or debit of each account."""
    found: dict[Account, Item] = {}
    for item in items:
        if item.kind not in {"invoice", "misc"} or item.amount <= 0:
            continue
        leader = found.get(item.account)
        if leader is None or (item.due, item.issued, item.key) < (
            leader.due,
            leader.issued,
            leader.key,
        ):
            found[item.account] = item
    return found


def overdue(items: list[Item], as_of: date) -> list[Item]:
    """Return the invoices past their due date."""
    return [item for item in items if item.kind == "invoice" and item.due < as_of]
