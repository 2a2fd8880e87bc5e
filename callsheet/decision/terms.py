"""The terms of a decision as relations: settings, scenarios, rules and closed days."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa

from callsheet.decision.questions import Questions
from callsheet.decision.relation import make_table, schema_of
from callsheet.scenarios.assignment import Rule
from callsheet.scenarios.scenario import Scenario
from callsheet.scenarios.step import Step
from callsheet.settings import ByCurrency, DecisionSettings
from callsheet.vocabulary import PROGRESS_OF_STATE, TO_THE_CUSTOMER

ONE_DAY = timedelta(days=1)

_SCHEMAS: dict[str, pa.Schema] = {
    name: schema_of(columns)
    for name, columns in {
        "decision_settings": "world:int as_of:day by_customer:flag run_by_due_date:flag"
        " restart_on_change:flag leading_kinds:texts min_item:money min_claim:money"
        " min_gap_days:int new_run_gap_days:int days_after_issue:int predue_gap_days:int"
        " no_pre_due_payment_methods:texts max_attempts:int retry_days:int blocked_days:int",
        "return_modes": "world:int kind on_return",
        "currency_minimums": "world:int currency min_item:money min_claim:money",
        "scenarios": "world:int scenario scenario_no:int version first_day:int last_day:int",
        "scenario_steps": "scenario_no:int step_no:int step day:int previous_day:int next_day:int"
        " legal:flag internal:flag channel keeps_customer_holidays:flag",
        "step_minimums": "step_no:int currency minimum:money",
        "scenario_rules": "world:int rule_no:int rule_order:int condition scenario",
        "closed_days": "calendar day:day next_open_on:day previous_open_on:day",
        "progress_of_state": "state progress",
    }.items()
}


@dataclass(frozen=True)
class Terms:
    """On which day, by which settings, scenarios and rules a world is decided."""

    as_of: date
    settings: DecisionSettings
    scenarios: Sequence[Scenario]
    rules: Sequence[Rule]
    world: int = 0


def load(
    con: duckdb.DuckDBPyConnection,
    terms: Sequence[Terms],
    closed_days: Mapping[str, Set[date]],
) -> None:
    """Make the relations that the decision's questions read beside the given rows."""
    rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in _SCHEMAS}
    rows["progress_of_state"] = [(str(s), str(p)) for s, p in PROGRESS_OF_STATE.items()]
    for calendar, closed in closed_days.items():
        rows["closed_days"].extend(_closed_rows(calendar, closed))
    for one in terms:
        _add_settings(rows, one)
        _add_scenarios(rows, one)
        first = len(rows["scenario_rules"])
        rows["scenario_rules"].extend(
            (one.world, first + n, rule.order, rule.when, rule.scenario)
            for n, rule in enumerate(sorted(one.rules, key=lambda rule: rule.order))
        )
    for name, schema in _SCHEMAS.items():
        make_table(con, name, schema, rows[name])
    Questions(con).table("decision/steps_after")


def _add_settings(rows: dict[str, list[tuple[Any, ...]]], terms: Terms) -> None:
    settings, world = terms.settings, terms.world
    rows["decision_settings"].append(
        (
            world,
            terms.as_of,
            settings.unit == "customer",
            settings.run_scope == "due_date",
            settings.on_scenario_change == "restart",
            [str(kind) for kind in settings.leading_kinds],
            _for_any(settings.min_item),
            _for_any(settings.min_claim),
            settings.min_gap_days,
            settings.new_run_gap_days,
            settings.days_after_issue,
            settings.predue_gap_days,
            list(settings.no_pre_due_payment_methods),
            settings.max_attempts,
            settings.retry_days,
            settings.blocked_days,
        )
    )
    rows["return_modes"].extend((world, *mode) for mode in settings.on_return.items())
    item, claim = _by_currency(settings.min_item), _by_currency(settings.min_claim)
    rows["currency_minimums"].extend(
        (world, currency, item.get(currency), claim.get(currency))
        for currency in sorted({*item, *claim})
    )


def _add_scenarios(rows: dict[str, list[tuple[Any, ...]]], terms: Terms) -> None:
    for scenario in terms.scenarios:
        number = len(rows["scenarios"])
        steps = sorted(scenario.steps, key=lambda step: step.day)
        first, last = (steps[0].day, steps[-1].day) if steps else (None, None)
        rows["scenarios"].append((terms.world, scenario.key, number, scenario.version, first, last))
        for before, step, after in _neighbours(steps):
            step_no = len(rows["scenario_steps"])
            rows["scenario_steps"].append(
                (number, step_no, step.key, step.day, before, after, *_marks(step, terms.settings))
            )
            if step.min_claim is not None:
                named = _by_currency(step.min_claim) or {"": _for_any(step.min_claim)}
                rows["step_minimums"].extend((step_no, *pair) for pair in named.items())


def _marks(step: Step, settings: DecisionSettings) -> tuple[bool, bool, str, bool]:
    keeps = (
        settings.public_holidays_customer and step.action in TO_THE_CUSTOMER and not step.internal
    )
    return step.legal, step.internal, str(step.action), keeps


def _neighbours(steps: Sequence[Step]) -> Iterable[tuple[int | None, Step, int | None]]:
    """Yield each step with the day of the one before it and of the one after it."""
    days: list[int | None] = [None, *(step.day for step in steps), None]
    return zip(days[:-2], steps, days[2:], strict=True)


def _closed_rows(calendar: str, closed: Set[date]) -> Iterable[tuple[str, date, date, date]]:
    """Yield each closed day with the open days around it."""
    for day in closed:
        after = before = day
        while after in closed:
            after += ONE_DAY
        while before in closed:
            before -= ONE_DAY
        yield calendar, day, after, before


def _for_any(minimum: ByCurrency) -> Decimal:
    """Return the minimum of currencies that are not named."""
    return Decimal(0) if isinstance(minimum, dict) else minimum


def _by_currency(minimum: ByCurrency) -> dict[str, Decimal]:
    return minimum if isinstance(minimum, dict) else {}
