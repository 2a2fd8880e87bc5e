"""The decision, rule by rule and one account at a time: what the SQL is judged by.

Written from the rules R1-R15 alone. It reads a world of the decision cases, loops, and groups
nothing. It is slow and means to be plain.
"""

from datetime import date, timedelta
from decimal import Decimal

from reference.facts import (
    Facts,
    Row,
    amount_for,
    answering,
    collectable_amount,
    exclusions_of,
    is_wholly_out,
    read,
)
from reference.predicates import is_true
from reference.run import Due, Run

Unit = tuple[str, str | None]
STRENGTH = ("insolvency", "hold", "dispute", "specific_action")
REASONS = {
    "insolvency": "insolvency",
    "hold": "on_hold",
    "dispute": "disputed",
    "specific_action": "specific_action",
}


def decide(world: Row) -> list[Row]:
    """Return one decision for each account of the world, sorted by customer and entity."""
    facts = read(world)
    units = sorted(_units(facts), key=lambda unit: (unit[0], unit[1] or ""))
    return [_decide_unit(facts, unit) for unit in units]


def _units(facts: Facts) -> list[Unit]:
    """R2, readings: an account is there when it has an item or a history; with `unit = customer`
    every customer is one.
    """
    units: list[Unit] = []
    for row in facts.items + facts.actions:
        units.append(_unit_of(facts, row))
    if facts.settings["unit"] == "customer":
        units += [(answering(facts, customer["id"]), None) for customer in facts.customers]
        return list(dict.fromkeys(units))
    return [unit for unit in dict.fromkeys(units) if unit[1] is not None]


def _unit_of(facts: Facts, row: Row) -> Unit:
    """R2: an account that names a head account is decided as one with it."""
    customer = answering(facts, row["customer"])
    return (customer, None if facts.settings["unit"] == "customer" else row["entity"])


def _decide_unit(facts: Facts, unit: Unit) -> Row:
    """Follow the order of evaluation at the end of the rules."""
    items = [item for item in facts.items if _unit_of(facts, item) == unit]
    actions = [action for action in facts.actions if _unit_of(facts, action) == unit]
    answer = _Answer(unit, actions)

    scenario = scenario_of(facts, unit)
    if scenario is None:
        return answer.is_("none", "no_scenario")
    if not facts.scenarios[scenario]:
        return answer.is_("none", "empty_scenario")

    candidates = sorted((item for item in items if _is_candidate(facts, item)), key=_age)
    if not candidates:
        return answer.is_("none", "nothing_open")
    runs = {
        item["id"]: Run(facts, actions, item, scenario) for item in candidates if item["due_date"]
    }
    obstacles = [_obstacle(facts, item, runs) for item in candidates]
    if None in obstacles:
        leader = candidates[obstacles.index(None)]
    elif obstacles[0] == "finished":
        leader = candidates[0]  # shown, and claimed, although it leads no more
    else:
        return answer.is_("hold", obstacles[0])
    answer.leader = leader["id"]

    standing = [item for item in items if item["open_amount"] < 0 and not _is_out(facts, item)]
    claim = _claim(facts, candidates, standing, leader)
    if not any(amount > 0 for amount in claim.values()):
        return answer.is_("hold", "covered_by_credits")
    if not _reaches(claim, facts.settings["min_claim"]):
        return answer.is_("hold", "below_minimum")
    run = runs[leader["id"]]
    due = run.next_step()
    if due is None:
        return answer.is_("finished", None)
    return _decide_step(facts, answer, run, due, claim, bool(standing))


def _decide_step(
    facts: Facts, answer: "_Answer", run: Run, due: Due, claim: dict[str, Decimal], credit: bool
) -> Row:
    """R5, R9, R10, R11. Readings: what holds a step back is asked when its date, the contact gap
    included, has come; a pending action is asked for its date without that gap; blocked again with
    it.
    """
    today, step = facts.today, due.step
    has_come = due.due_on <= today
    if has_come and step.get("legal") and credit:
        return answer.is_("hold", "credits_to_allocate")
    if has_come and step.get("min_claim") is not None and not _reaches(claim, step["min_claim"]):
        return answer.is_("hold", "below_minimum")
    answer.step, answer.due_on = step["key"], due.due_on
    pending = [action["action"] for action in run.proposed(step)]
    if pending and due.before_gap <= today:
        answer.keeps = pending
        return answer.is_("pending", None)
    if has_come and due.is_exhausted:
        return answer.is_("blocked", "delivery_failed")
    answer.act_on = due.act_on
    if not has_come:
        return answer.is_("wait", "not_yet")
    if due.act_on > today:
        return answer.is_("wait", "closed_day")
    return answer.is_("act", None)


def scenario_of(facts: Facts, unit: Unit) -> str | None:
    """R1: the account's assignment, else the customer's, else the first rule that is true.

    Reading: with `unit = customer` there is no entity, so only the customer's assignment counts
    and a rule that asks for the entity is unknown.
    """
    customer_id, entity = unit
    for wanted in [entity, None] if entity is not None else [None]:
        for row in facts.assignments:
            if row["customer"] == customer_id and row.get("entity") == wanted:
                return str(row["scenario"]) if row["scenario"] in facts.scenarios else None
    attributes: Row = {"id": customer_id}
    for customer in facts.customers:
        if customer["id"] == customer_id:
            attributes = dict(customer)
    attributes["entity"] = entity
    for rule in facts.rules:
        if is_true(rule["when"], attributes):
            return str(rule["scenario"]) if rule["scenario"] in facts.scenarios else None
    return None


def _is_candidate(facts: Facts, item: Row) -> bool:
    return item["kind"] in facts.settings["leading_kinds"] and item["open_amount"] > 0


def _age(item: Row) -> tuple[date, date, str]:
    """R4: oldest due date, then oldest issue date, then smallest id. A missing date is last."""
    return (item["due_date"] or date.max, item["issue_date"] or date.max, item["id"])


def _obstacle(facts: Facts, item: Row, runs: dict[str, Run]) -> str | None:
    """R4: why a candidate may not lead, in the order of the rule; None: it may."""
    if is_wholly_out(facts, item, facts.today):
        kinds = [row["kind"] for row in exclusions_of(facts, item, facts.today)]
        return next(REASONS[kind] for kind in STRENGTH if kind in kinds)
    if _is_below_minimum(facts, item):
        return "below_minimum"
    if item["due_date"] is None:
        return "no_due_date"
    if runs[item["id"]].next_step() is None:
        return "finished"
    return None


def _is_below_minimum(facts: Facts, item: Row) -> bool:
    minimum = amount_for(facts.settings["min_item"], item["currency"])
    return collectable_amount(facts, item) < minimum


def _is_out(facts: Facts, credit: Row) -> bool:
    """R3: a credit is out by its own exclusion, or with the invoice that it names."""
    if is_wholly_out(facts, credit, facts.today):
        return True
    return any(
        is_wholly_out(facts, item, facts.today)
        for item in facts.items
        if item["id"] == credit["applies_to"]
    )


def _claim(
    facts: Facts, candidates: list[Row], standing: list[Row], leader: Row
) -> dict[str, Decimal]:
    """R5: what is claimed, for each currency."""
    until = max(facts.today - timedelta(days=1), leader["due_date"])
    claim: dict[str, Decimal] = {}
    for item in candidates:
        if is_wholly_out(facts, item, facts.today) or _is_below_minimum(facts, item):
            continue
        if item["due_date"] is not None and item["due_date"] <= until:
            claim.setdefault(item["currency"], Decimal(0))
            claim[item["currency"]] += collectable_amount(facts, item)
    for item in standing:
        claim.setdefault(item["currency"], Decimal(0))
        claim[item["currency"]] += item["open_amount"]
    return claim


def _reaches(claim: dict[str, Decimal], minimum: object) -> bool:
    return any(
        amount > 0 and amount >= amount_for(minimum, currency) for currency, amount in claim.items()
    )


class _Answer:
    """The decision of one account as it fills up; what it does not keep pending is withdrawn."""

    def __init__(self, unit: Unit, actions: list[Row]) -> None:
        self.unit, self.actions = unit, actions
        self.leader: str | None = None
        self.step: str | None = None
        self.due_on: date | None = None
        self.act_on: date | None = None
        self.keeps: list[str] = []

    def is_(self, outcome: str, reason: str | None) -> Row:
        withdrawn = [
            action["action"]
            for action in self.actions
            if action["origin"] == "scenario"
            and action["event"] == "proposed"
            and action["action"] not in self.keeps
        ]
        return {
            "customer": self.unit[0],
            "entity": self.unit[1],
            "outcome": outcome,
            "reason": reason,
            "leader": self.leader,
            "step": self.step,
            "due_on": self.due_on and self.due_on.isoformat(),
            "act_on": self.act_on and self.act_on.isoformat(),
            "withdraw": sorted(withdrawn),
        }
