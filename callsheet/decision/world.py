"""What-ifs: a made-up world is loaded as snapshot rows and events, then folded and decided.

The same questions are asked as for `collect`, of all worlds in one pass. Ids are made unique by
the number of their world in front, which keeps their order within a world.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

import duckdb

from callsheet.decision import engine, terms
from callsheet.decision.questions import Questions
from callsheet.decision.relation import make_table
from callsheet.decision.world_calendars import closed_days_of
from callsheet.decision.world_rows import SCHEMAS, WorldRows
from callsheet.errors import UsageInvalid
from callsheet.in_memory import in_memory
from callsheet.scenarios.assignment import Rule
from callsheet.scenarios.predicate import check
from callsheet.scenarios.scenario import Scenario
from callsheet.scenarios.step import Step
from callsheet.settings import DecisionSettings
from callsheet.vocabulary import ActionType, Mode

World = Mapping[str, Any]
ANSWER_KEYS = (
    "customer", "entity", "outcome", "reason", "leader", "step", "due_on", "act_on", "withdraw",
)  # fmt: skip


def decide_worlds(worlds: Sequence[World]) -> list[list[dict[str, Any]]]:
    """Return the decisions of each world, sorted by customer and entity.

    UsageInvalid says which world cannot be read, and why.
    """
    with in_memory() as con:
        questions = ask_worlds(con, worlds)
        return answers_of(questions.con, len(worlds))


def ask_worlds(con: duckdb.DuckDBPyConnection, worlds: Sequence[World]) -> Questions:
    """Load, fold and decide `worlds` on `con`; return what was asked, in order."""
    rows = load_worlds(con, worlds)
    for name, schema in SCHEMAS.items():
        make_table(con, name, schema, rows.of(name))
    questions = Questions(con)
    engine.fold(questions)
    engine.look_at_accounts(questions)
    engine.decide_accounts(questions)
    return questions


def load_worlds(con: duckdb.DuckDBPyConnection, worlds: Sequence[World]) -> WorldRows:
    """Load the terms of `worlds`; return their rows. UsageInvalid for one that is unreadable."""
    rows = WorldRows()
    loaded: list[terms.Terms] = []
    for number, world in enumerate(worlds):
        try:
            loaded.append(terms_of(number, world))
            rows.add(number, world)
        except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError) as problem:
            raise UsageInvalid(_unreadable(number, len(worlds), problem)) from problem
    terms.load(con, loaded, closed_days_of(worlds))
    return rows


def answers_of(con: duckdb.DuckDBPyConnection, count: int) -> list[list[dict[str, Any]]]:
    """Return the rows of `decisions`, per world, with the ids as they were given."""
    answers: list[list[dict[str, Any]]] = [[] for _ in range(count)]
    found = con.execute(
        "select world, customer, nullif(entity, ''), outcome, reason, leader, step,"
        " cast(due_on as varchar), cast(act_on as varchar), withdraw from decisions"
        " order by world, customer, entity"
    ).fetchall()
    for world, customer, entity, outcome, reason, leader, step, due_on, act_on, withdraw in found:
        values = (
            WorldRows.given(customer), entity, outcome, reason,
            leader and WorldRows.given(leader), step, due_on, act_on,
            [WorldRows.given(action) for action in withdraw],
        )  # fmt: skip
        answers[world].append(dict(zip(ANSWER_KEYS, values, strict=True)))
    return answers


def terms_of(number: int, world: World) -> terms.Terms:
    """Return the terms of one world: its day, settings, scenarios and rules."""
    settings = {
        name: value
        for name, value in world["settings"].items()
        if name in DecisionSettings.model_fields
    }
    return terms.Terms(
        as_of=date.fromisoformat(world["today"]),
        settings=DecisionSettings.model_validate(settings),
        scenarios=[_scenario(scenario) for scenario in world["scenarios"]],
        rules=[Rule(r["order"], _condition(r["when"]), r["scenario"]) for r in world["rules"]],
        world=number,
    )


def _scenario(given: Mapping[str, Any]) -> Scenario:
    steps = [
        Step(
            key=step["key"],
            title=step["key"],
            day=int(step["offset"]),
            action=ActionType(step.get("action", ActionType.EMAIL)),
            template=None,
            mode=Mode.TO_CONFIRM,
            internal=bool(step.get("internal")),
            legal=bool(step.get("legal")),
            min_claim=_minimum(step.get("min_claim")),
        )
        for step in given["steps"]
    ]
    return Scenario(given["id"], given["id"], None, False, tuple(steps))


def _minimum(given: object) -> Decimal | dict[str, Decimal] | None:
    if given is None:
        return None
    if isinstance(given, Mapping):
        return {currency: Decimal(str(minimum)) for currency, minimum in given.items()}
    return Decimal(str(given))


@lru_cache(maxsize=4096)
def _condition(text: str) -> str:
    return check(text)


def _unreadable(number: int, count: int, problem: Exception) -> str:
    where = f"world {number + 1} of {count}" if count > 1 else "the world"
    found = f"no {problem}" if isinstance(problem, KeyError) else str(problem)
    return (
        f"{where} cannot be read\n"
        f"  found        {found}\n"
        "  do           write it as the worlds of decision cases are written"
    )
