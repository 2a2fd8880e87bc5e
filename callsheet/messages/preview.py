"""What a step would say to a customer today: the message itself, and nothing is recorded."""

from datetime import date, timedelta
from pathlib import Path

import duckdb

from callsheet.errors import UsageInvalid
from callsheet.keys import unit_key
from callsheet.messages.demo_account import demo_statement
from callsheet.messages.message import Message, render
from callsheet.messages.statement import WantedAccount, statements
from callsheet.messages.statement_model import Statement
from callsheet.scenarios.scenario import Scenario, load_scenarios
from callsheet.scenarios.step import Step
from callsheet.settings import DecisionSettings, Settings
from callsheet.snapshots.freshest import freshest
from callsheet.store.lake import attach
from callsheet.store.transaction import Transaction

_OLDEST = (Path(__file__).parents[1] / "sql" / "statement" / "oldest_items.sql").read_text(
    encoding="utf-8"
)


def step_named(settings: Settings, scenario: str, step: str) -> Step:
    """Return a step of a scenario; UsageInvalid says which there are."""
    scenarios = load_scenarios(settings.scenarios)
    if scenario not in scenarios:
        raise UsageInvalid(f"no scenario {scenario}; there are: {', '.join(scenarios)}")
    return _step_of(scenarios[scenario], step)


def _step_of(scenario: Scenario, key: str) -> Step:
    try:
        return scenario.step(key)
    except KeyError as problem:
        keys = ", ".join(step.key for step in scenario.steps)
        raise UsageInvalid(f"no step {key} in {scenario.key}; there are: {keys}") from problem


def last_day(tx: Transaction) -> date | None:
    """Return the day of the last snapshot, None when nothing was ever published."""
    day: date | None = tx.fetch("select max(on_day) from snapshot")[0][0]
    return day


def day_of(step: Step, statement: Statement) -> date:
    """Return the first day on which `step` can come for the account's leader."""
    leader = statement.leader
    if leader is None or leader.due_date is None:
        return statement.as_of
    return max(statement.as_of, leader.due_date + timedelta(days=step.day))


def preview(settings: Settings, step: Step, statement: Statement, language: str | None) -> Message:
    """Return the message that `step` would send about `statement`."""
    return render(step, statement, settings.templates, language)


def demo_preview(settings: Settings, step: Step, as_of: date, language: str | None) -> Message:
    """Return the message that `step` would send about a made-up account."""
    return preview(settings, step, demo_statement(step, as_of), language)


def statement_of(
    tx: Transaction, settings: Settings, customer: str, entity: str | None, as_of: date
) -> Statement:
    """Return the statement of one account from the last snapshots on or before `as_of`.

    Without `entity` it is the entity where the customer's oldest item is. UsageInvalid when the
    customer has nothing open there.
    """
    con = tx.duckdb(["exclusion", "action", "event"])
    attach(con, freshest(tx, settings, as_of), settings.home / "lake")
    wanted = _wanted(con, settings.decision, customer, entity)
    if wanted is None:
        where = f" with {entity}" if entity else ""
        raise UsageInvalid(f"customer {customer} has nothing open{where} on {as_of}")
    return statements(con, [wanted], as_of, settings.decision)[wanted.unit]


def _wanted(
    con: duckdb.DuckDBPyConnection, settings: DecisionSettings, customer: str, entity: str | None
) -> WantedAccount | None:
    """Return the account of a customer, led by its oldest item."""
    kinds = [str(kind) for kind in settings.leading_kinds]
    found = con.execute(
        _OLDEST, {"customer": customer, "entity": entity or "", "leading_kinds": kinds}
    ).fetchone()
    if found is None:
        return None
    head, of_entity, leader = found
    per_entity = of_entity if settings.unit == "customer_entity" else None
    return WantedAccount(unit_key(head, per_entity), head, per_entity or "", leader)
