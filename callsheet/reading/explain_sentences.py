"""The sentences that tell a decision: one for each rule that had a say, in the rules' order."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from callsheet.messages.amount_text import amount_text, count_text, day_text
from callsheet.reading.reasons import sentence
from callsheet.reading.sheet_names import Names
from callsheet.scenarios.scenario import Scenario

Row = Mapping[str, Any]
_NAMED_ITEMS = 5
_ASSIGNED_BY = {"account": "assigned to this account", "customer": "assigned to this customer"}
_KINDS = {
    "dispute": "is disputed",
    "specific_action": "is under a specific action",
    "hold": "is on hold",
    "insolvency": "falls under an insolvency",
}
_UNHELD = {
    "below_minimum": "is below the minimum of its currency",
    "no_due_date": "has no due date",
    "finished": "has no step left: a person decides",
}
# The parts of a step's day, as R7 and R10 name them.
_PARTS = {
    "interval_ends_on": "the interval after the step before it is kept",
    "retry_on": "it failed and is tried again",
    "contact_gap_ends_on": "the customer was contacted the day before",
    "new_run_gap_ends_on": "a new run waits some days after the last contact",
    "day_after_last_step": "there is at most one step a day",
}


@dataclass(frozen=True)
class Facts:
    """What the rules saw and found of one account."""

    as_of: date
    decision: Row
    parts: Row | None
    amounts: Sequence[Row]
    stopped: Sequence[Row]
    scenario: Scenario | None

    def title(self, step: str) -> str:
        """Return a step's title; its key when the scenario no longer has it."""
        steps = self.scenario.steps if self.scenario else ()
        return next((one.title for one in steps if one.key == step), step)


def sentences_of(facts: Facts, names: Names) -> list[str]:
    """Return what led to the decision, then the decision."""
    return [
        *_scenario(facts),
        *_leader(facts, names),
        *_stopped(facts),
        *_claim(facts),
        *_step(facts),
        _verdict(facts),
    ]


def _scenario(facts: Facts) -> Iterator[str]:
    key, by = facts.decision["scenario"], facts.decision["assigned_by"]
    if key:
        name = f" ({facts.scenario.name})" if facts.scenario else ""
        yield f"It follows the scenario {key}{name}, {_ASSIGNED_BY.get(by, f'given by {by}')}."


def _leader(facts: Facts, names: Names) -> Iterator[str]:
    leader, due = facts.decision["leader"], facts.decision["leader_due"]
    if not leader:
        return
    late = (facts.as_of - due).days if due else 0
    when = f"{count_text(late, 'day')} late" if late > 0 else f"due in {count_text(-late, 'day')}"
    run = facts.decision["run_no"]
    again = f" This is run {run} of this leader." if run and run > 1 else ""
    yield (
        f"{names.items.get(leader, leader)} leads: the oldest item that may, due"
        f" {day_text(due) if due else 'on no day'}, {'due today' if late == 0 else when}.{again}"
    )


def _stopped(facts: Facts) -> Iterator[str]:
    """Tell what is held back: items under one exclusion together, the others one by one."""
    by_exclusion: dict[str, list[Row]] = {}
    for item in facts.stopped:
        if item["exclusion_kind"]:
            by_exclusion.setdefault(item["exclusion_id"], []).append(item)
        else:
            why = _UNHELD.get(item["stopped_by"]) or sentence(item["stopped_by"], "decision")
            yield f"{_named(item)} {why}."
    for items in by_exclusion.values():
        yield _excluded(items)


def _excluded(items: Sequence[Row]) -> str:
    first, until = items[0], items[0]["until_day"]
    span = f"since {day_text(first['from_day'])}"
    span += f" until {day_text(until)}" if until else " until it is closed"
    part = first["amount"]
    name = _named(first)
    if part is not None and part < first["open_amount"]:
        name = f"{amount_text(part, first['currency'])} of {name}"
    elif len(items) > 1:
        named = ", ".join(str(item["number"]) for item in items[:_NAMED_ITEMS])
        more = len(items) - _NAMED_ITEMS
        name = f"Each of {len(items)} items ({named}{f' and {more} more' if more > 0 else ''})"
    return f"{name} {_KINDS[first['exclusion_kind']]} {span}{_about(first)}."


def _named(item: Row) -> str:
    return f"{item['number']} ({amount_text(item['open_amount'], item['currency'])})"


def _about(item: Row) -> str:
    words = [
        (item["what"] or "").replace("_", " ") if item["what"] != item["exclusion_kind"] else "",
        f"promised for {day_text(item['promised_on'])}" if item["promised_on"] else "",
        (item["reason"] or "").replace("_", " "),
        f"with {item['resolver']}" if item["resolver"] else "",
    ]
    told = ", ".join(word for word in words if word)
    return f" ({told})" if told else ""


def _claim(facts: Facts) -> Iterator[str]:
    for row in facts.amounts:
        currency, claim = row["currency"], row["claim"]
        less = f" after {amount_text(-row['credits'], currency)} of credits" * bool(row["credits"])
        if claim <= 0:
            if row["credits"]:
                yield f"Nothing is claimed in {currency}{less}."
            continue
        minimum = row["min_claim"]
        short = f", below the minimum of {amount_text(minimum, currency)}" * (claim < minimum)
        yield f"{amount_text(claim, currency)} is claimed{less}{short}."


def _step(facts: Facts) -> Iterator[str]:
    parts, step = facts.parts, facts.decision["step"]
    if parts is None or not step:
        return
    name = f"{facts.title(step)} (day {parts['step_day']:+d})"
    yield f"The next step is {name}; its own day is {day_text(parts['planned_on'])}."
    if parts["due_on"] > parts["planned_on"]:
        yield from _delays(parts)
    if (act_on := facts.decision["act_on"]) and act_on > max(parts["due_on"], facts.as_of):
        closed = max(parts["due_on"], facts.as_of)
        yield f"{day_text(closed)} is closed: the next open day is {day_text(act_on)}."


def _delays(parts: Row) -> Iterator[str]:
    """Yield the rules that put the step off, the one that decides last."""
    late = [(parts[name], why) for name, why in _PARTS.items() if parts[name]]
    for day, why in sorted(pair for pair in late if pair[0] > parts["planned_on"]):
        last = parts["last_contact_on"] if "contact" in why else parts["last_on"]
        since = f" (last on {day_text(last)})" if last else ""
        yield f"Not before {day_text(day)}: {why}{since}."


def _verdict(facts: Facts) -> str:
    outcome, reason = facts.decision["outcome"], facts.decision["reason"]
    told = sentence(reason or outcome, "decision")
    due = facts.decision["act_on"] or facts.decision["due_on"]
    waits = outcome == "wait" and due and due > facts.as_of
    days = count_text((due - facts.as_of) // timedelta(days=1), "day") if waits else ""
    when = f", on {day_text(due)}, in {days}" if waits else ""
    return f"So {told}{when} ({outcome}{f'/{reason}' if reason else ''})."
