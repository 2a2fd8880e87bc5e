"""What a message claims is what the naive reference of the decision claims, on random worlds."""

import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from callsheet.canonical import TABLES
from callsheet.keys import unit_key
from callsheet.messages.statement import Statement, WantedAccount, statements
from callsheet.settings import DecisionSettings

TESTS = Path(__file__).parents[1]
if str(TESTS) not in sys.path:  # test code is installed nowhere
    sys.path.insert(0, str(TESTS))

Row = dict[str, Any]
WORLDS = 150


def _fill(receivables: Any, world: Row) -> None:
    """Put the rows of a world into the snapshot and the exclusions."""
    for name in (*TABLES, "exclusion"):
        receivables.con.execute(f"delete from {name}")
    for entity in ("E1", "E2"):
        receivables.add(
            "entities", entity=entity, name=entity, currency="EUR", time_zone="Europe/Paris",
            calendar="FR",
        )  # fmt: skip
    for customer in world["customers"]:
        receivables.add(
            "customers", customer=customer["id"], name=customer["id"],
            head_account=customer.get("head_account"),
        )  # fmt: skip
    for item in world["items"]:
        receivables.add(
            "open_items", item=item["id"], customer=item["customer"], entity=item["entity"],
            number=item["id"], kind=item["kind"], currency=item["currency"],
            amount=item["amount"], open_amount=item["open_amount"],
            issue_date=item.get("issue_date"), due_date=item.get("due_date"),
            applies_to=item.get("applies_to"),
        )  # fmt: skip
    for no, row in enumerate(world["exclusions"]):
        receivables.exclude(
            row.get("item") or "", row["kind"], exclusion_id=f"X{no}",
            customer=row.get("customer") or "", entity=row.get("entity") or "",
            from_day=row.get("from") or "0001-01-01", until_day=row.get("until"),
            recorded_on=row.get("recorded_on") or "0001-01-01", amount=row.get("amount"),
        )  # fmt: skip


def _claims_of_the_reference(world: Row, leader_id: str, unit: tuple[str, str | None]) -> Row:
    """Return what the reference claims for a unit with this leader, per currency."""
    from reference import decide, facts

    known = facts.read(world)
    items = [item for item in known.items if decide._unit_of(known, item) == unit]
    candidates = [item for item in items if decide._is_candidate(known, item)]
    leader = next(item for item in items if item["id"] == leader_id)
    standing = [i for i in items if i["open_amount"] < 0 and not decide._is_out(known, i)]
    claim: dict[str, Decimal] = decide._claim(known, candidates, standing, leader)
    return {currency: amount for currency, amount in claim.items() if amount > 0}


def _claims_of_the_statement(statement: Statement) -> dict[str, Decimal]:
    totals: dict[str, Decimal] = {}
    for claim in statement.claimed:
        totals[claim.currency] = totals.get(claim.currency, Decimal(0)) + claim.total
    return totals


def _settings(world: Row) -> DecisionSettings:
    names = ("unit", "min_item", "leading_kinds")
    given = {name: world["settings"][name] for name in names if name in world["settings"]}
    return DecisionSettings(**given)


@pytest.mark.parametrize("seed", range(WORLDS))
def test_a_statement_claims_what_the_decision_claims(seed: int, emptied_receivables: Any):
    from reference.decide import decide
    from reference.facts import read
    from reference.worlds import random_world, seeded

    world = random_world(seeded(7_000_000 + seed))
    _fill(emptied_receivables, world)
    settings = _settings(world)
    for answer in decide(world):
        if answer["outcome"] != "act" or answer["leader"] is None:
            continue
        unit = (answer["customer"], answer["entity"])
        wanted = WantedAccount(unit_key(*unit), unit[0], unit[1] or "", answer["leader"])

        found = statements(emptied_receivables.con, [wanted], read(world).today, settings)[
            wanted.unit
        ]

        claimed = _claims_of_the_statement(found)
        # A customer of several entities is claimed by each creditor for itself.
        if len(found.sections) < 2:
            assert claimed == _claims_of_the_reference(world, answer["leader"], unit)
