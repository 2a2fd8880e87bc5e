"""Random small worlds in which coincidences are frequent: days, amounts and ids come from few.

One generator serves both uses: a seeded `random.Random` for bulk, and Hypothesis' own random for
properties that shrink. All days lie near `today`, so that boundaries are hit, not passed.
"""

from datetime import date, timedelta
from random import Random
from typing import Any

from reference.stories import OFFSETS, add_history

Row = dict[str, Any]

CURRENCIES = ("EUR", "EUR", "EUR", "USD", "JPY")
DEBITS = ("100.00", "100.00", "100.00", "160.00", "60.00", "50.00", "30.00", "1.00", "0.80", "0.50")
CREDITS = ("-10.00", "-50.00", "-60.00", "-100.00", "-100.10", "-160.00")
HOLIDAYS: tuple[list[str], ...] = (  # few calendars: each is spelled out over many years
    [],
    [],
    ["2026-11-11"],
    ["2026-11-13", "2026-11-16", "2026-12-25"],
    ["2026-11-18", "2026-11-19"],
)
ABROAD: tuple[dict[str, list[str]], ...] = (
    {"BE": ["2026-11-11", "2026-11-16"], "GB": ["2026-11-13"]},
    {"FR": ["2026-11-12", "2026-11-16", "2026-11-17"]},
)
PREDICATES = (
    "TRUE",
    "TRUE",
    "nature = 'public'",
    "risk_class = 'high'",
    "risk_class <> 'high'",
    "country IN ('FR', 'BE') AND NOT payment_method = 'draft'",
    "size = 'L' OR payer_profile = 'bad'",
    "entity = 'E2'",
    "payer_profile IS NULL",
    "country LIKE 'F%' AND size BETWEEN 'L' AND 'M'",
    "NOT (nature = 'private' AND risk_class = 'low')",
)
KINDS = ("invoice",) * 9 + ("misc", "credit_note", "credit_note", "payment", "draft", "penalty")
DUES = (-70, -40, -32, -22, -16, -9, -8, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 5, 8, 10, 12, 25)


def random_world(random: Random, size: int = 0) -> Row:
    """Return a world of `size` customers (0: one to three), decided on a day of November 2026."""
    today = date(2026, 11, 9) + timedelta(days=random.randrange(14))
    scenarios = _scenarios(random)
    size = size or random.choice((1, 1, 2, 3))
    customers = [_customer(random, f"C{n}") for n in range(1, size + 1)]
    for customer in customers[1:4]:
        if random.random() < (0.6 if size > 5 else 0.07):
            customer["head_account"] = customers[0]["id"]
    world: Row = {
        "today": today.isoformat(),
        "settings": random_settings(random),
        "customers": customers,
        "assignments": _assignments(random, customers, scenarios),
        "rules": _rules(random, scenarios),
        "scenarios": scenarios,
        "items": [],
        "exclusions": [],
        "history": [],
    }
    for customer in customers:
        _items(random, world, customer["id"], today)
    for number in range(random.choice((0, 0, 1, 1, 2, 2, 3, 4)) * (size + 1) // 2):
        add_exclusion(random, world, f"X{number}", today)
    for customer in customers:
        add_history(random, world, customer["id"], today)
    if random.random() < 0.08:
        _merge(random, world, today)
    random.shuffle(world["history"])
    return world


def seeded(number: int) -> Random:
    """Return the random source of that number: the same worlds on any machine."""
    return Random(number)  # noqa: S311  # play, not secrecy


def random_settings(random: Random) -> Row:
    """Return settings, half of the time the product's own."""
    settings: Row = {
        "unit": random.choice(("customer_entity", "customer_entity", "customer")),
        "run_scope": random.choice(("invoice", "invoice", "due_date")),
        "on_return": {
            "dispute": "restart",
            "specific_action": "continue",
            "hold": "resume",
            "insolvency": "resume",
        },
        "on_scenario_change": random.choice(("continue", "continue", "restart")),
        "leading_kinds": random.choice((["invoice", "misc"], ["invoice", "misc"], ["invoice"])),
        "min_item": random.choice(("0", "0", "0", "1.00", {"EUR": "1.00", "JPY": "60"})),
        "min_claim": random.choice(("0",) * 5 + ("50.00", {"EUR": "60.00", "USD": "30.00"})),
        "min_gap_days": 1,
        "new_run_gap_days": 5,
        "days_after_issue": 5,
        "predue_gap_days": 20,
        "no_pre_due_payment_methods": ["direct_debit", "draft"],
        "max_attempts": 3,
        "retry_days": 1,
        "blocked_days": 3,
        "weekend": random.choice(([6, 7], [6, 7], [6, 7], [5, 6], [])),
        "holidays": random.choice(HOLIDAYS),
    }
    if random.random() < 0.15:
        settings["public_holidays_customer"] = True
        settings["country_holidays"] = random.choice(ABROAD)
    if random.random() < 0.5:
        return settings
    for kind in settings["on_return"]:
        settings["on_return"][kind] = random.choice(("restart", "resume", "continue"))
    settings["min_gap_days"] = random.choice((0, 1, 2, 7))
    settings["new_run_gap_days"] = random.choice((0, 1, 5))
    settings["days_after_issue"] = random.choice((0, 5, 10))
    settings["predue_gap_days"] = random.choice((0, 3, 20))
    settings["no_pre_due_payment_methods"] = random.choice(([], ["direct_debit", "draft"]))
    settings["max_attempts"] = random.choice((1, 2, 3))
    settings["retry_days"] = random.choice((0, 1, 2, 4))
    settings["blocked_days"] = random.choice((0, 1, 3, 9999))
    return settings


def random_steps(random: Random, prefix: str) -> list[Row]:
    """Return steps with rising offsets; some legal, internal or with a minimum of their own."""
    offsets = sorted(random.sample(OFFSETS, random.choice((1, 2, 3, 4, 5, 6))))
    steps = []
    for number, offset in enumerate(offsets):
        step: Row = {"key": f"{prefix}{number}", "offset": offset}
        if random.random() < 0.2:
            step["legal"] = True
        if random.random() < 0.15:
            step["internal"] = True
        if random.random() < 0.15:
            step["action"] = random.choice(("letter", "sms"))
        if random.random() < 0.15:
            step["min_claim"] = random.choice(("60.00", "100.00", {"EUR": "100.00", "USD": "1"}))
        steps.append(step)
    return steps


def add_item(random: Random, world: Row, customer: str, item_id: str, today: date) -> Row:
    """Add an open item of any kind, with days near today."""
    kind = random.choice(KINDS)
    is_credit = kind in ("credit_note", "payment") or random.random() < 0.06
    amount = random.choice(CREDITS if is_credit else DEBITS)
    due = today + timedelta(days=random.choice(DUES))
    issue = due - timedelta(days=random.choice((2, 8, 10, 15, 30, 30, 60)))
    row: Row = {
        "id": item_id,
        "customer": customer,
        "entity": random.choice(("E1",) * 6 + ("E2",)),
        "kind": kind,
        "currency": random.choice(CURRENCIES),
        "amount": amount,
        "open_amount": "0.00" if random.random() < 0.12 else amount,
        "issue_date": issue.isoformat() if random.random() < 0.95 else None,
        "due_date": due.isoformat() if random.random() < 0.95 else None,
    }
    if is_credit and random.random() < 0.4:
        mine = [other["id"] for other in world["items"] if other["customer"] == customer]
        row["applies_to"] = random.choice([*mine, "gone"])
    world["items"].append(row)
    return row


def add_exclusion(random: Random, world: Row, exclusion_id: str, today: date) -> None:
    """Add a dispute, specific action, hold or insolvency of an item, an account or a customer."""
    kind = random.choice(("dispute", "dispute", "specific_action", "hold", "insolvency"))
    first = today + timedelta(days=random.choice((-30, -20, -12, -9, -5, -3, -1, 0, 1, 2)))
    until = today + timedelta(days=random.choice((-14, -8, -6, -4, -3, -2, -1, -1, 0, 1, 3, 6)))
    row: Row = {
        "id": exclusion_id,
        "kind": kind,
        "customer": None,
        "entity": None,
        "item": None,
        "from": first.isoformat(),
        "until": until.isoformat() if random.random() < 0.75 else None,
    }
    by_item = random.random() < (0.8 if kind in ("dispute", "specific_action") else 0.3)
    if by_item and world["items"]:
        named = [item["applies_to"] for item in world["items"] if item.get("applies_to")]
        others = [item["id"] for item in world["items"]]
        row["item"] = random.choice(named if named and random.random() < 0.3 else others)
    else:
        row["customer"] = random.choice(world["customers"])["id"]
        row["entity"] = random.choice((None, "E1", "E2"))
    if random.random() < 0.3:
        row["amount"] = random.choice(("10.00", "40.00", "50.00", "60.00", "99.50", "100.00"))
    if random.random() < 0.2:
        row["on_return"] = random.choice(("restart", "resume", "continue"))
    if random.random() < 0.25:
        recorded = today + timedelta(days=random.choice((-5, -1, 0, 1)))
        row["recorded_on"] = recorded.isoformat()
    world["exclusions"].append(row)


def _customer(random: Random, customer_id: str) -> Row:
    return {
        "id": customer_id,
        "risk_class": random.choice(("low", "low", "high", None)),
        "nature": random.choice(("private", "private", "public")),
        "size": random.choice(("M", "L")),
        "country": random.choice(("FR", "FR", "BE", "GB", None)),
        "payment_method": random.choice(
            ("transfer", "transfer", "transfer", "direct_debit", "draft", None)
        ),
        "payer_profile": random.choice(("good", "bad", None)),
    }


def _merge(random: Random, world: Row, today: date) -> None:
    """Let a customer go on under another name: it may still be delivered, or be gone."""
    survivor = random.choice(world["customers"])["id"]
    others = [row["id"] for row in world["customers"][1:] if row["id"] != survivor]
    old = random.choice(["OLD", "OLD", *others])
    world["merged_customers"] = [
        {"old_customer": old, "customer": survivor, "merged_on": today.isoformat()}
    ]
    if random.random() < 0.3:  # and the survivor was merged in its turn
        again = {"old_customer": survivor, "customer": "NEW", "merged_on": today.isoformat()}
        world["merged_customers"].append(again)
    if old == "OLD":
        for event in world["history"]:
            if event["customer"] == survivor and random.random() < 0.6:
                event["customer"] = old
        for row in world["exclusions"]:
            if row["customer"] == survivor and random.random() < 0.6:
                row["customer"] = old


def _scenarios(random: Random) -> list[Row]:
    scenarios = [
        {"id": "S", "steps": random_steps(random, "s")},
        {"id": "T", "steps": random_steps(random, random.choice("st"))},
    ]
    if random.random() < 0.05:
        scenarios[0]["steps"] = []
    return scenarios


def _assignments(random: Random, customers: list[Row], scenarios: list[Row]) -> list[Row]:
    rows: dict[tuple[str, str | None], Row] = {}
    for _ in range(random.choice((0, 0, 0, 1, 2))):
        customer, entity = random.choice(customers)["id"], random.choice((None, "E1", "E2"))
        scenario = random.choice(scenarios)["id"]
        rows[customer, entity] = {"customer": customer, "entity": entity, "scenario": scenario}
    return list(rows.values())


def _rules(random: Random, scenarios: list[Row]) -> list[Row]:
    rules = [
        {"order": order, "when": random.choice(PREDICATES), "scenario": scenarios[n % 2]["id"]}
        for n, order in enumerate(random.sample((1, 2, 3, 10), random.choice((1, 2, 3))))
    ]
    if random.random() < 0.9:
        rules.append({"order": 99, "when": "TRUE", "scenario": "S"})
    random.shuffle(rules)
    return rules


def _items(random: Random, world: Row, customer: str, today: date) -> None:
    for number in range(random.choice((0, 1, 1, 2, 2, 3, 4, 6))):
        row = add_item(random, world, customer, f"{customer}I{number}", today)
        if number and random.random() < 0.3:  # a twin: the same dates
            other = random.choice(world["items"])
            row["due_date"] = other["due_date"]
            if random.random() < 0.6:
                row["issue_date"] = other["issue_date"]
