"""Builders for messages: accounts with lines, and a snapshot small enough to read."""

import dataclasses
import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from callsheet.canonical import DUCKDB_TYPE, TABLES
from callsheet.messages import demo_account
from callsheet.messages.rendering import Templates
from callsheet.messages.statement_model import Claim, Line, Statement
from callsheet.scenarios.scenario import Scenario, load_scenarios
from callsheet.scenarios.step import Step
from callsheet.store.lake import SURVIVING_CUSTOMERS
from callsheet.store.warehouse_schema import definition

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 16)


@pytest.fixture(scope="session")
def templates() -> Templates:
    """The shipped templates."""
    return Templates.of(ROOT / "templates")


@pytest.fixture(scope="session")
def scenarios() -> dict[str, Scenario]:
    """The shipped scenarios."""
    return load_scenarios(ROOT / "scenarios")


@pytest.fixture
def today() -> date:
    return TODAY


@pytest.fixture
def demo() -> Callable[[Step], Statement]:
    """The made-up account as a step finds it today."""
    return lambda step: demo_account.demo_statement(step, TODAY)


@pytest.fixture
def with_claims() -> Callable[..., Statement]:
    """The made-up account with other claims: amounts per currency, credits below zero."""

    def build(statement: Statement, **amounts: list[str]) -> Statement:
        assert statement.leader is not None
        claims = [_claim(statement.leader, code, values) for code, values in amounts.items()]
        section = dataclasses.replace(statement.sections[0], claims=tuple(claims))
        leader = claims[0].lines[0]
        return dataclasses.replace(statement, sections=(section,), leader=leader)

    return build


def _claim(leader: Line, currency: str, amounts: list[str]) -> Claim:
    lines = [_line(leader, currency, no, value) for no, value in enumerate(amounts)]
    debits = tuple(line for line in lines if line.open_amount > 0)
    credits_ = tuple(line for line in lines if line.open_amount < 0)
    lines_total = sum((line.open_amount for line in debits), Decimal(0))
    credits_total = sum((line.open_amount for line in credits_), Decimal(0))
    return Claim(
        currency, debits, credits_, lines_total, credits_total, lines_total + credits_total,
        lines_total,
    )  # fmt: skip


def _line(leader: Line, currency: str, no: int, amount: str) -> Line:
    return dataclasses.replace(
        leader,
        item=f"{currency}{no}",
        number=f"{currency}-{no:04}",
        kind="credit_note" if amount.startswith("-") else "invoice",
        currency=currency,
        invoiced=Decimal(amount),
        open_amount=Decimal(amount),
        is_leader=no == 0,
    )


class Receivables:
    """A snapshot and a history in memory: every table exists, rows are added by name."""

    def __init__(self) -> None:
        self.con = duckdb.connect(":memory:")
        for name, table in TABLES.items():
            columns = ", ".join(f"{c.name} {DUCKDB_TYPE[c.type]}" for c in table.columns)
            self.con.execute(f"create table {name} ({columns})")
        self.con.execute(SURVIVING_CUSTOMERS)
        for name in ("exclusion", "action", "event"):
            self.con.execute(definition("duckdb")[name])
        self.add("entities", entity="FR01", name="Atelier SAS", currency="EUR", language="fr",
                 country="FR", time_zone="Europe/Paris", calendar="FR", iban="FR7630006000",
                 sender_email="relance@atelier.example", credit_manager="K1")  # fmt: skip
        self.add("colleagues", colleague="K1", name="Anne Roy", email="a.roy@atelier.example")
        self.add("customers", customer="C1", name="Martin", language="fr", country="FR",
                 nature="private")  # fmt: skip

    def add(self, table: str, **row: Any) -> None:
        names = ", ".join(row)
        marks = ", ".join(f"${name}" for name in row)
        self.con.execute(f"insert into {table} ({names}) values ({marks})", row)

    def item(self, item: str, open_amount: str, due: int | None, **other: Any) -> None:
        """Add an open item due so many days from today; days before today are negative."""
        day = None if due is None else TODAY + timedelta(days=due)
        row = {
            "customer": "C1", "entity": "FR01", "number": item, "kind": "invoice",
            "currency": "EUR", "amount": Decimal(open_amount), "issue_date": date(2026, 9, 1),
        } | other  # fmt: skip
        self.add("open_items", item=item, open_amount=Decimal(open_amount), due_date=day, **row)

    def exclude(self, item: str, kind: str, **other: Any) -> None:
        row = {
            "exclusion_id": f"X-{item}-{kind}", "no": 1, "customer": "C1", "entity": "FR01",
            "from_day": TODAY - timedelta(days=3), "until_day": None,
            "recorded_on": TODAY - timedelta(days=3), "amount": None, "on_return": "",
            "origin": "erp", "source": "", "reason": "", "resolver": "", "what": "",
            "promised_on": None, "outcome": "", "author": "",
        } | other  # fmt: skip
        self.add("exclusion", item=item, kind=kind, **row)

    def played(self, action: str, day: date, items: list[str], **other: Any) -> None:
        """Add an action that was sent on a day over some items."""
        state = other.pop("state", "accepted")
        reason = other.pop("reason", "")
        row = {
            "step_instance": "", "unit": "C1|FR01", "customer": "C1", "entity": "FR01", "shard": 0,
            "origin": "scenario", "leader": items[0] if items else "", "run": "", "run_no": 1,
            "scenario": "standard-fr", "scenario_version": "", "step": "email-1",
            "step_title": "Relance par email n°1", "step_day": 4, "occurrence": 1,
            "channel": "email", "role": "", "mode": "automatic", "internal": False,
            "legal": False, "planned_on": day, "plan_id": "", "snapshots": "", "template": "",
            "language": "", "content_hash": "", "recipient_hash": "",
            "claim": json.dumps([{"amount": "1", "currency": "EUR", "items": items}]),
        } | other  # fmt: skip
        self.add("action", action_id=action, **row)
        seq = self.con.execute("select count(*) from event").fetchall()[0][0]
        for no, (state_, reason_) in enumerate([("planned", ""), (state, reason)], start=1):
            self.add(
                "event", ledger_seq=seq + no, subject=action, no=no, kind="action", state=state_,
                reason=reason_, on_day=day, happened_at=f"{day} 08:00:00+00", author="test",
                unit="", customer="", entity="", shard=0, body="", leaf_hash="",
            )  # fmt: skip


@pytest.fixture
def receivables() -> Receivables:
    return Receivables()


@pytest.fixture(scope="module")
def emptied_receivables() -> Receivables:
    """One set of tables for many worlds: whoever uses it empties it first."""
    return Receivables()
