"""Why a customer hears from us on a day, or does not: the decision made again, and told.

The rules are asked again of the snapshot and the history that the stored decision had read. That
both agree is part of the answer.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from callsheet.errors import UsageInvalid
from callsheet.reading.day_decisions import StoredDecision, decisions_on
from callsheet.reading.decision_changes import day_decided
from callsheet.reading.explain_sentences import Facts, sentences_of
from callsheet.reading.history_reading import HistoryLine, history_lines
from callsheet.reading.reconsideration import Reconsidered, reconsidered
from callsheet.reading.sheet_names import Names, names_of
from callsheet.settings import Settings
from callsheet.store.transaction import Transaction

# What must be the same in the stored decision and in the one made again.
COMPARED = (
    "outcome", "reason", "scenario", "scenario_version", "assigned_by", "leader", "leader_due",
    "run", "run_no", "step", "step_day", "due_on", "act_on",
)  # fmt: skip


@dataclass(frozen=True)
class Explanation:
    """One account on a day: what was decided, why in sentences, and what happened in its run.

    `agrees` says that the rules, asked again, give the stored decision; `snapshots` and
    `through_seq` name what they read. `next_step` is what the history has led to since then.
    """

    as_of: date
    unit: str
    customer: str
    name: str
    entity: str
    entity_name: str
    decision: StoredDecision
    sentences: Sequence[str]
    steps: Sequence[HistoryLine]
    next_step: str
    next_on: date | None
    agrees: bool
    differs_in: Sequence[str]
    snapshots: Sequence[str]
    through_seq: int


def explain(tx: Transaction, settings: Settings, customer: str, as_of: date) -> list[Explanation]:
    """Return why, for each account of a customer; UsageInvalid when nothing was decided of it.

    On a day that was not played it is the decision that still stood then.
    """
    as_of = day_decided(tx, settings, as_of)
    with reconsidered(tx, settings, as_of, customer) as again:
        before = _facts(again)
    stored = {
        one.unit: one
        for one in decisions_on(tx, settings, as_of)
        if one.unit in before or one.customer == customer
    }
    if not stored:
        raise UsageInvalid(
            f"{customer}: nothing was decided of this customer up to {as_of}\n"
            "  do           write the customer's key as the call sheet shows it"
        )
    [(last,)] = tx.fetch("select coalesce(max(ledger_seq), 0) from event")
    with reconsidered(tx, settings, as_of, customer, through_seq=last) as since:
        after = _facts(since)
    names = names_of(tx, settings, as_of, {one.customer for one in stored.values()})
    lines = history_lines(tx, customer=customer, to_day=as_of)
    return [
        _explanation(one, again, before.get(unit), after.get(unit), names, lines)
        for unit, one in sorted(stored.items())
    ]


def disagreements(
    tx: Transaction, settings: Settings, as_of: date
) -> Iterator[tuple[StoredDecision, Sequence[str]]]:
    """Yield every stored decision of `as_of` that the rules, asked again, do not give."""
    with reconsidered(tx, settings, as_of) as again:
        found = {row["unit"]: row for row in again.ask("decisions")}
    for one in decisions_on(tx, settings, as_of):
        if differs_in := differences(one, found.get(one.unit)):
            yield one, differs_in


def differences(stored: StoredDecision, again: Mapping[str, Any] | None) -> Sequence[str]:
    """Return in which columns a stored decision and the one made again differ."""
    if again is None:
        return () if stored.reason == "nothing_open" else ("unit",)
    return [name for name in COMPARED if (getattr(stored, name) or None) != (again[name] or None)]


def _facts(again: Reconsidered) -> dict[str, Facts]:
    """Gather what the rules saw and found of each unit."""
    parts = {row["account_no"]: row for row in again.ask("date_parts")}
    amounts, stopped = again.ask("tested_amounts"), again.ask("stopped_items")
    return {
        row["unit"]: Facts(
            as_of=again.as_of,
            decision=row,
            parts=parts.get(row["account_no"]),
            amounts=[one for one in amounts if one["account_no"] == row["account_no"]],
            stopped=[one for one in stopped if one["account_no"] == row["account_no"]],
            scenario=again.scenarios.get(row["scenario"] or ""),
        )
        for row in again.ask("decisions")
    }


def _explanation(  # noqa: PLR0917  # one account's share of each
    stored: StoredDecision,
    again: Reconsidered,
    before: Facts | None,
    after: Facts | None,
    names: Names,
    lines: Sequence[HistoryLine],
) -> Explanation:
    differs_in = differences(stored, before.decision if before else None)
    mine = [line for line in lines if line.unit == stored.unit and line.kind == "action"]
    step, on_day = _outlook(after, again.as_of)
    return Explanation(
        as_of=again.as_of,
        unit=stored.unit,
        customer=stored.customer,
        name=names.customers.get(stored.customer, stored.customer),
        entity=stored.entity,
        entity_name=names.entities.get(stored.entity, stored.entity),
        decision=stored,
        sentences=sentences_of(before, names) if before else (),
        steps=_last_of_each(mine, stored),
        next_step=step,
        next_on=on_day,
        agrees=not differs_in,
        differs_in=tuple(differs_in),
        snapshots=again.snapshots,
        through_seq=again.through_seq,
    )


def _outlook(after: Facts | None, as_of: date) -> tuple[str, date | None]:
    """Return the step to come as things stand now, and its day; '' when there is none."""
    if after is None or not after.decision["step"]:
        return "", None
    day = after.decision["act_on"] or after.decision["due_on"]
    return after.title(after.decision["step"]), max(day, as_of) if day else None


def _last_of_each(lines: Sequence[HistoryLine], stored: StoredDecision) -> list[HistoryLine]:
    """Return the last event of each action of the present run, in the order of their days."""
    last = {line.subject: line for line in lines if line.leader == stored.leader}
    return sorted(last.values(), key=lambda line: (line.on_day, line.ledger_seq))
