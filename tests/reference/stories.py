"""Random histories for random worlds: single actions anywhere, and stories that follow a run."""

from datetime import date, timedelta
from random import Random
from typing import Any

Row = dict[str, Any]

OFFSETS = (-30, -20, -12, -10, -5, -3, -1, 0, 1, 2, 4, 5, 7, 8, 14, 15, 21, 30)
ENDS = (-40, -20, -12, -9, -8, -7, -6, -5, -4, -3, -3, -2, -2, -1, -1, -1, 0, 0, 1)
EVENTS = ("done", "done", "done", "skipped", "failed", "failed", "proposed", "proposed")


def add_history(random: Random, world: Row, customer: str, today: date) -> None:
    mine = [item for item in world["items"] if item["customer"] == customer]
    if random.random() < 0.1:  # history of a leader that was paid and is gone
        due = today - timedelta(days=random.choice((1, 8, 30)))
        mine.append({"id": f"{customer}gone", "entity": "E1", "due_date": due.isoformat()})
    has_story = random.random() < 0.7
    if has_story:
        _story(random, world, customer, today)
    for number in range(random.choice((0, 0, 1, 2) if has_story else (0, 1, 2, 3, 4, 6))):
        _action(random, world, customer, f"{customer}A{number}", mine, today)


def _action(
    random: Random, world: Row, customer: str, action: str, leaders: list[Row], today: date
) -> None:
    leader = random.choice(leaders) if leaders else None
    scenario = random.choice([*world["scenarios"], world["scenarios"][0]])
    origin = random.choice(("scenario",) * 6 + ("specific", "manual"))
    row: Row = {
        "action": action,
        "origin": origin,
        "customer": customer,
        "entity": leader["entity"] if leader else random.choice(("E1", "E2")),
        "leader": None,
        "leader_due": None,
        "scenario": None,
        "step": None,
        "offset": None,
    }
    ended = today + timedelta(days=random.choice(ENDS))
    if leader and scenario["steps"] and (origin == "scenario" or random.random() < 0.3):
        step = random.choice(scenario["steps"])
        row |= _of_step(random, leader, scenario["id"], step)
        if step.get("internal") or random.random() < 0.05:
            row["internal"] = True
        due = leader["due_date"]
        if due and random.random() < 0.5:
            planned = date.fromisoformat(due) + timedelta(days=step["offset"])
            ended = min(planned + timedelta(days=random.choice((0, 0, 1, 2, 3))), today)
    elif origin == "scenario":
        return
    if random.random() < 0.35:
        planned = ended - timedelta(days=random.choice((0, 1, 1, 2, 2, 3)))
        row["due_on"] = planned.isoformat()
    elif random.random() < 0.2:
        row["due_on"] = None
    _events(random, world, row, ended)


def _of_step(random: Random, leader: Row, scenario: str, step: Row) -> Row:
    """Return what an action records of its step; sometimes the scenario was edited since."""
    key, offset = step["key"], step["offset"]
    if random.random() < 0.12:
        offset = random.choice(OFFSETS)  # moved since
    if random.random() < 0.08:
        key = "deleted"
    due = leader["due_date"]
    if due and random.random() < 0.08:  # postponed since
        due = (date.fromisoformat(due) - timedelta(days=random.choice((1, 7)))).isoformat()
    return {
        "leader": leader["id"],
        "leader_due": due,
        "scenario": scenario,
        "step": key,
        "offset": offset,
    }


def _story(random: Random, world: Row, customer: str, today: date) -> None:
    """Play the oldest invoice's steps in order, the last of them still open or failed."""
    mine = [item for item in world["items"] if item["customer"] == customer and item["due_date"]]
    leaders = [item for item in mine if item["kind"] in ("invoice", "misc")]
    leaders = [item for item in leaders if float(item["open_amount"]) > 0] or leaders
    if not leaders or not world["scenarios"][0]["steps"]:
        return
    leader = min(leaders, key=lambda item: item["due_date"])
    due = date.fromisoformat(leader["due_date"])
    steps = world["scenarios"][0]["steps"]
    begun = [step for step in steps if due + timedelta(days=step["offset"]) <= today]
    begun = begun[random.choice((0, 0, -1, -2)) :]
    for number, step in enumerate(begun[: random.choice((1, 2, 3, 6))]):
        base: Row = {"origin": "scenario", "customer": customer, "entity": leader["entity"]}
        base |= _of_step(random, leader, "S", step)
        if step.get("internal"):
            base["internal"] = True
        planned = due + timedelta(days=step["offset"])
        day = min(planned + timedelta(days=random.choice((0, 0, 1, 2, 9))), today)
        if random.random() < 0.3:
            base["due_on"] = planned.isoformat()
        name = f"{customer}S{number}"
        if step is begun[-1]:
            _open_end(random, world, base, name, (day, today))
        else:
            _events(random, world, {**base, "action": name}, day)


def _open_end(random: Random, world: Row, base: Row, name: str, days: tuple[date, date]) -> None:
    """Fail the step some times, or once for good, and perhaps propose it again."""
    day, today = days
    failures = random.choice((0, 0, 0, 1, 1, 2, 3, 3, 3))
    for attempt in range(failures):
        last = max(day, today - timedelta(days=random.choice((0, 1, 2, 3, 4, 5))))
        failed = {"event": "failed", "on": (last if attempt == failures - 1 else day).isoformat()}
        if random.random() < 0.3:
            failed["permanent"] = True
        action = {"action": f"{name}F{attempt}"}
        world["history"].append({"seq": len(world["history"]) + 1, **base, **failed, **action})
    if not failures or random.random() < 0.3:
        happened = {"event": "proposed", "on": day.isoformat(), "action": f"{name}P"}
        world["history"].append({"seq": len(world["history"]) + 1, **base, **happened})


def _events(random: Random, world: Row, row: Row, ended: date) -> None:
    last = random.choice(EVENTS)
    story = [last] if last == "proposed" or random.random() < 0.4 else ["proposed", last]
    if last == "done" and random.random() < 0.12:
        story.append("failed")  # a late bounce
    if random.random() < 0.08:
        story.append("cancelled")
    day = ended
    for event in story:
        happened: Row = {"seq": len(world["history"]) + 1, "event": event, "on": day.isoformat()}
        happened |= row
        if event == "failed" and random.random() < 0.35:
            happened["permanent"] = True
        world["history"].append(happened)
        if event != "proposed" or random.random() < 0.3:
            day += timedelta(days=random.choice((0, 1, 2)))
