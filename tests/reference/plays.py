"""Sixty days of a small company: every morning things have happened, a decision is taken, played.

The play follows the decisions of whoever decides, and keeps the world of every morning, so that
another decider can be compared day by day.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import date, timedelta
from random import Random
from typing import Any

from reference.decide import scenario_of
from reference.facts import read
from reference.worlds import add_exclusion, add_item, random_world

Row = dict[str, Any]
Decide = Callable[[Row], list[Row]]


def play(
    random: Random, decide: Decide, days: int = 60, world: Row | None = None
) -> Iterator[tuple[Row, list[Row]]]:
    """Yield (world, decisions) of every morning of a play that begins in `world`, or anywhere."""
    world = deepcopy(world) if world else random_world(random)
    world["settings"]["blocked_days"] = min(world["settings"]["blocked_days"], 5)
    today = date.fromisoformat(world["today"])
    for _ in range(days):
        world["today"] = today.isoformat()
        decisions = decide(world)
        yield deepcopy(world), decisions
        for decision in decisions:
            _carry_out(world, decision, today)
        _people_answer(random, world, today)
        today += timedelta(days=1)
        for number in range(random.choice((0, 0, 1, 1, 2)) * (len(world["customers"]) + 1) // 2):
            _something_happens(random, world, today, f"N{today:%m%d}{number}")


def carried_out(world: Row, decisions: list[Row]) -> Row:
    """Return the world after its decisions: what was to act is proposed, what was not is gone."""
    world = deepcopy(world)
    for decision in decisions:
        _carry_out(world, decision, date.fromisoformat(world["today"]))
    return world


def _carry_out(world: Row, decision: Row, today: date) -> None:
    for action in decision["withdraw"]:
        _record(world, {**_last(world, action), "event": "cancelled"}, today)
    if decision["outcome"] != "act":
        return
    step = _step_of(world, decision)
    leader = next(item for item in world["items"] if item["id"] == decision["leader"])
    action = {
        "action": f"P{len(world['history'])}",
        "event": "proposed",
        "origin": "scenario",
        "customer": decision["customer"],
        "entity": decision["entity"],
        "leader": leader["id"],
        "leader_due": leader["due_date"],
        "scenario": step["scenario"],
        "step": step["key"],
        "offset": step["offset"],
        "due_on": decision["due_on"],
        "internal": bool(step.get("internal")),
    }
    _record(world, action, today)


def _step_of(world: Row, decision: Row) -> Row:
    """Find the step that was decided, with its scenario: two scenarios may share a key."""
    scenario = scenario_of(read(world), (decision["customer"], decision["entity"]))
    steps = next(one["steps"] for one in world["scenarios"] if one["id"] == scenario)
    step = next(step for step in steps if step["key"] == decision["step"])
    return {**step, "scenario": scenario}


def _people_answer(random: Random, world: Row, today: date) -> None:
    """Confirm, skip, fail, cancel what is proposed; let an e-mail bounce; call out of scenario."""
    for action in {event["action"]: None for event in world["history"]}:
        last = _last(world, action)
        if last["event"] == "proposed" and random.random() < 0.5:
            ends = ("done", "done", "done", "skipped", "failed", "cancelled")
            _end(random, world, last, random.choice(ends), today)
        elif last["event"] == "done" and random.random() < 0.01:
            _end(random, world, last, "failed", today)
    if random.random() < 0.04 and world["items"]:
        item = random.choice(world["items"])
        call = {"action": f"M{len(world['history'])}", "event": "done", "origin": "manual"}
        call |= {"customer": item["customer"], "entity": item["entity"]}
        call |= dict.fromkeys(("leader", "leader_due", "scenario", "step", "offset"))
        _record(world, call, today)


def _something_happens(random: Random, world: Row, today: date, name: str) -> None:
    """A payment, an invoice, an exclusion, its end, a new due date, another scenario, an edit."""
    open_items = [item for item in world["items"] if float(item["open_amount"]) > 0]
    chance = random.random()
    if chance < 0.25 and open_items:
        item = random.choice(open_items)
        item["open_amount"] = random.choice(("0.00", "0.00", "0.80", "30.00"))
    elif chance < 0.35:
        world["items"] = [item for item in world["items"] if float(item["open_amount"]) != 0]
    elif chance < 0.6:
        add_item(random, world, random.choice(world["customers"])["id"], name, today)
    elif chance < 0.75:
        add_exclusion(random, world, f"X{name}", today)
    elif chance < 0.9:
        _end_an_exclusion(random, world, today)
    elif chance < 0.94 and open_items:
        item = random.choice(open_items)
        if item["due_date"]:
            due = date.fromisoformat(item["due_date"]) + timedelta(days=random.choice((7, 30)))
            item["due_date"] = due.isoformat()
    elif chance < 0.97:
        random.choice(world["rules"] or [{}])["scenario"] = random.choice(("S", "T"))
    elif chance < 0.985:
        steps = random.choice(world["scenarios"])["steps"]
        if len(steps) > 1:
            del steps[random.randrange(len(steps))]
    elif chance < 0.993:
        strike = (today + timedelta(days=random.choice((0, 1, 2)))).isoformat()
        world["settings"]["holidays"] = sorted({*world["settings"]["holidays"], strike})
    else:
        world["settings"]["min_gap_days"] = random.choice((1, 2, 3))


def _end_an_exclusion(random: Random, world: Row, today: date) -> None:
    open_ended = [row for row in world["exclusions"] if row["until"] is None]
    if open_ended:
        row = random.choice(open_ended)
        row["until"] = (today - timedelta(days=random.choice((0, 1)))).isoformat()
        if random.random() < 0.3:
            row["on_return"] = random.choice(("restart", "resume", "continue"))


def _end(random: Random, world: Row, action: Row, outcome: str, today: date) -> None:
    event = {**action, "event": outcome}
    if outcome == "failed" and random.random() < 0.3:
        event["permanent"] = True
    _record(world, event, today)


def _record(world: Row, event: Row, today: date) -> None:
    seq = max((other["seq"] for other in world["history"]), default=0) + 1
    world["history"].append({**event, "seq": seq, "on": today.isoformat()})


def _last(world: Row, action: str) -> Row:
    mine = [event for event in world["history"] if event["action"] == action]
    return dict(max(mine, key=lambda event: event["seq"]))
