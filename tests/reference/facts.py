"""What is known of a world on its day: rows with dates and amounts, exclusions, states of actions.

A world is the JSON of the decision cases. Everything is a plain row (a dict); nothing is grouped.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

Row = dict[str, Any]
DAY = timedelta(days=1)

DEFAULTS: Row = {
    "unit": "customer_entity",
    "run_scope": "invoice",
    "on_return": {
        "dispute": "restart",
        "specific_action": "continue",
        "hold": "resume",
        "insolvency": "resume",
    },
    "on_scenario_change": "continue",
    "leading_kinds": ["invoice", "misc"],
    "min_item": "0",
    "min_claim": "0",
    "min_gap_days": 1,
    "new_run_gap_days": 5,
    "days_after_issue": 5,
    "predue_gap_days": 20,
    "no_pre_due_payment_methods": ["direct_debit", "draft"],
    "max_attempts": 3,
    "retry_days": 1,
    "blocked_days": 3,
    "weekend": [6, 7],
    "holidays": [],
    "public_holidays_customer": False,
    "country_holidays": {},
}
REACHES_THE_CUSTOMER = ("phone", "sms", "visit", "email", "interactive_email")


@dataclass
class Facts:
    """One world, read: `today`, the settings and the rows that are known today."""

    today: date
    settings: Row
    customers: list[Row]
    assignments: list[Row]
    rules: list[Row]
    scenarios: dict[str, list[Row]]
    items: list[Row]
    exclusions: list[Row]
    actions: list[Row]
    mergers: list[Row]


def read(world: Row) -> Facts:
    """Read a world. What was recorded or happened after its day is not known (R3, R15)."""
    today = _day(world["today"])
    settings = {**DEFAULTS, **world.get("settings", {})}
    settings["on_return"] = {**DEFAULTS["on_return"], **settings["on_return"]}
    return Facts(
        today=today,
        settings=settings,
        customers=world.get("customers", []),
        assignments=world.get("assignments", []),
        rules=sorted(world.get("rules", []), key=lambda rule: rule["order"]),
        scenarios={
            scenario["id"]: sorted(scenario["steps"], key=lambda step: step["offset"])
            for scenario in world.get("scenarios", [])
        },
        items=[_item(row) for row in world.get("items", [])],
        exclusions=_known_exclusions(world.get("exclusions", []), today),
        actions=_actions(world.get("history", []), today),
        mergers=world.get("merged_customers", []),
    )


def is_open_day(facts: Facts, day: date, abroad: list[str]) -> bool:
    """Say whether people work on this day, and nobody is on holiday `abroad` (R11)."""
    return (
        day.isoweekday() not in facts.settings["weekend"]
        and day.isoformat() not in facts.settings["holidays"]
        and day.isoformat() not in abroad
    )


def next_open_day(facts: Facts, day: date, abroad: list[str]) -> date:
    """Return the day itself when it is open, else the first open day after it."""
    while not is_open_day(facts, day, abroad):
        day += DAY
    return day


def holidays_abroad(facts: Facts, customer_id: str, step: Row | None) -> list[str]:
    """R11, by option: the public holidays of the customer's country, for what reaches somebody
    there. Readings: of who answers for the account; a step to a colleague, and one the scenario no
    longer has, keeps the entity's calendar alone.
    """
    if not facts.settings["public_holidays_customer"] or step is None or step.get("internal"):
        return []
    if step.get("action", "email") not in REACHES_THE_CUSTOMER:
        return []
    for customer in facts.customers:
        if customer["id"] == answering(facts, customer_id):
            return list(facts.settings["country_holidays"].get(customer.get("country"), []))
    return []


def amount_for(minimum: object, currency: str) -> Decimal:
    """Return the minimum of a currency: one for all, or a map that may not name it (then none)."""
    if isinstance(minimum, dict):
        return Decimal(str(minimum.get(currency, 0)))
    return Decimal(str(minimum))


def surviving(facts: Facts, customer_id: str) -> str:
    """Return who a merged customer is today (B041): a merger of a merger is followed once more."""
    for _ in range(2):
        for row in facts.mergers:
            if row["old_customer"] == customer_id:
                customer_id = row["customer"]
                break
    return customer_id


def answering(facts: Facts, customer_id: str) -> str:
    """Return the customer's head account, else the customer (R2), under its name of today."""
    customer_id = surviving(facts, customer_id)
    for customer in facts.customers:
        if customer["id"] == customer_id and customer.get("head_account"):
            return surviving(facts, str(customer["head_account"]))
    return customer_id


def exclusions_of(facts: Facts, item: Row, day: date) -> list[Row]:
    """Return the exclusions that cover the item on a day (R3)."""
    return [
        row
        for row in facts.exclusions
        if _covers(facts, row, item) and row["from"] <= day <= row["until"]
    ]


def is_wholly_out(facts: Facts, item: Row, day: date) -> bool:
    """Say whether nothing of the item is collectable on a day because of exclusions (R3).

    An amount on the exclusion of a credit means nothing: the credit is out. Past days are judged
    by today's open amount, the only one the world knows.
    """
    active = exclusions_of(facts, item, day)
    if any(row["amount"] is None for row in active):
        return True
    return bool(active) and (item["open_amount"] < 0 or _excluded(active) >= item["open_amount"])


def collectable_amount(facts: Facts, item: Row) -> Decimal:
    """Return what may be claimed of an item that is not wholly out: its open amount less the parts
    that are out.
    """
    return item["open_amount"] - _excluded(exclusions_of(facts, item, facts.today))


def returns_of(facts: Facts, item: Row) -> list[tuple[date, str]]:
    """Return (day, mode) for every return of an item after an exclusion (R6).

    - The day of return is the first day after the exclusion on which the item is not wholly out:
      overlapping and adjoining exclusions are left together, by the day after the last one (R3).
    - Each exclusion brings its own mode, so a `continue` hides no `resume` and no `restart`.
    - An exclusion of a part brings a return only when, on its last day, the parts together took
      the whole item out.
    """
    found = []
    for row in facts.exclusions:
        if not _covers(facts, row, item) or row["until"] >= facts.today:
            continue
        if not _took_out(facts, item, row):
            continue
        day = row["until"] + DAY
        while day <= facts.today and is_wholly_out(facts, item, day):
            day += DAY
        if day <= facts.today:
            mode = row["on_return"] or facts.settings["on_return"][row["kind"]]
            found.append((day, mode))
    return found


def _took_out(facts: Facts, item: Row, exclusion: Row) -> bool:
    if exclusion["amount"] is None or item["open_amount"] < 0:
        return True
    parts = [
        row for row in exclusions_of(facts, item, exclusion["until"]) if row["amount"] is not None
    ]
    return _excluded(parts) >= item["open_amount"]


def _excluded(active: list[Row]) -> Decimal:
    return sum((row["amount"] for row in active if row["amount"] is not None), Decimal(0))


def _covers(facts: Facts, exclusion: Row, item: Row) -> bool:
    if exclusion["item"] is not None:
        return exclusion["item"] == item["id"]
    held = surviving(facts, exclusion["customer"])
    return held == surviving(facts, item["customer"]) and exclusion["entity"] in (
        None,
        item["entity"],
    )


def _known_exclusions(rows: list[Row], today: date) -> list[Row]:
    known = []
    for row in rows:
        recorded_on = row.get("recorded_on")
        if recorded_on is not None and _day(recorded_on) > today:
            continue
        first = _day(row["from"]) if row.get("from") else date.min
        last = _day(row["until"]) if row.get("until") else date.max
        if last < first:
            continue  # an end before its start is empty
        amount = row.get("amount")
        known.append(
            {
                "kind": row["kind"],
                "customer": row.get("customer"),
                "entity": row.get("entity"),
                "item": row.get("item"),
                "from": first,
                "until": last,
                "amount": None if amount is None else Decimal(str(amount)),
                "on_return": row.get("on_return"),
            }
        )
    return known


def _actions(events: list[Row], today: date) -> list[Row]:
    """Return each action in its state: its known event with the highest sequence number (R15)."""
    states: list[Row] = []
    for event in sorted(events, key=lambda event: event["seq"]):
        if _day(event["on"]) > today:
            continue
        states = [state for state in states if state["action"] != event["action"]]
        states.append(
            {
                "entity": None,
                "leader": None,
                "scenario": None,
                "step": None,
                "offset": None,
                **event,
                "on": _day(event["on"]),
                "leader_due": _maybe(event.get("leader_due")),
                "due_on": _maybe(event.get("due_on")),
                "internal": bool(event.get("internal")),
                "permanent": bool(event.get("permanent")),
            }
        )
    return states


def _item(row: Row) -> Row:
    return {
        **row,
        "open_amount": Decimal(str(row["open_amount"])),
        "issue_date": _maybe(row.get("issue_date")),
        "due_date": _maybe(row.get("due_date")),
        "applies_to": row.get("applies_to"),
    }


def _maybe(text: str | None) -> date | None:
    return None if text is None else _day(text)


def _day(text: str) -> date:
    return date.fromisoformat(text)
