"""Our own decision cases: YAML of given, as_of and expect, filled up to worlds of the case format.

What a case does not name is ordinary: one private French customer C1 who pays by transfer, one
entity E1, invoices of 100 EUR issued on 1 August, the scenario STD, the product's settings.
"""

from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import yaml

Row = dict[str, Any]

SCENARIOS = {
    "STD": "pre -10, mail1 4, call1 7, mail2 14, sales 21, call2 28, mail3 33, notice 43, litig 50",
    "AB": "a 4, b 7",
    "LEG": "mail1 4, notice 14 legal, litig 30 legal",
    "PRE": "p30 -30, p10 -10, m4 4",
    "ONE": "a 4",
    "NIL": "",
}
CUSTOMER = {
    "id": "C1",
    "risk_class": "low",
    "nature": "private",
    "size": "M",
    "country": "FR",
    "payment_method": "transfer",
    "payer_profile": "good",
}
NOTHING = dict.fromkeys(("reason", "leader", "step", "due_on", "act_on"))


def own_cases(folder: Path) -> list[Row]:
    """Return the cases of every file of the folder, each with its whole world."""
    found = []
    for path in sorted(folder.glob("*.yaml")):
        for number, case in enumerate(yaml.safe_load(path.read_text()), start=1):
            found.append(
                {
                    "id": f"{path.stem}-{number:02}",
                    "title": case["title"],
                    "world": _world(case),
                    "expect": [_decision(row) for row in _list(case["expect"])],
                }
            )
    return found


def _world(case: Row) -> Row:
    given = case["given"]
    scenarios = {**SCENARIOS, **given.get("scenarios", {})}
    used = given.get("scenario", "STD")
    world = {
        "today": str(case["as_of"]),
        "settings": _settings(given.get("settings", {})),
        "customers": [{**CUSTOMER, **row} for row in given.get("customers", [{}])],
        "assignments": [
            {"customer": "C1", "entity": None, **row} for row in given.get("assignments", [])
        ],
        "rules": given.get("rules", [{"order": 1, "when": "TRUE", "scenario": used}]),
        "scenarios": [{"id": name, "steps": _steps(text)} for name, text in scenarios.items()],
        "items": [_item(row) for row in given.get("items", [])],
        "exclusions": [_exclusion(n, row) for n, row in enumerate(given.get("exclusions", []), 1)],
        "history": [],
        "merged_customers": given.get("merged_customers", []),
    }
    for number, row in enumerate(given.get("history", []), 1):
        world["history"].append(_event(number, row, world, used))
    return world


def _settings(changed: Row) -> Row:
    from reference.facts import DEFAULTS

    settings = deepcopy(DEFAULTS)
    on_return = {**settings["on_return"], **changed.get("on_return", {})}
    return {**settings, **_plain(changed), "on_return": on_return}


def _steps(text: str | list[Row]) -> list[Row]:
    """Read `key day [legal] [internal]`, …, or rows where a step has more to say."""
    if isinstance(text, list):
        return text
    steps = []
    for words in (part.split() for part in text.split(",") if part.strip()):
        step: Row = {"key": words[0], "offset": int(words[1])}
        step |= dict.fromkeys(words[2:], True)
        steps.append(step)
    return steps


def _item(row: Row) -> Row:
    row = _plain(row)
    still_open = f"{float(row.pop('open', 100)):.2f}"
    due = row.pop("due")
    return {
        "id": row.pop("id"),
        "customer": row.pop("customer", "C1"),
        "entity": row.pop("entity", "E1"),
        "kind": row.pop("kind", "invoice"),
        "currency": row.pop("currency", "EUR"),
        "amount": still_open,
        "open_amount": still_open,
        "issue_date": row.pop("issued", "2026-08-01"),
        "due_date": due,
        **row,
    }


def _exclusion(number: int, row: Row) -> Row:
    empty = {"id": f"X{number}", "customer": None, "entity": None, "item": None, "until": None}
    return {**empty, **_plain(row)}


def _event(number: int, row: Row, world: Row, used: str) -> Row:
    """Fill an event: `did`, `day`, `step` and `leader` say the most of it."""
    row = _plain(row)
    event: Row = {
        "seq": number,
        "action": row.pop("action", f"A{number}"),
        "event": row.pop("did"),
        "on": row.pop("day"),
        "origin": "scenario",
        "customer": "C1",
        "entity": None if world["settings"]["unit"] == "customer" else "E1",
        "leader": None,
        "leader_due": None,
        "scenario": None,
        "step": None,
        "offset": None,
    }
    if row.get("step"):
        event["leader"] = leader = row.get("leader", "I1")
        event["scenario"] = scenario = row.get("scenario", used)
        event["leader_due"] = next(
            (item["due_date"] for item in world["items"] if item["id"] == leader), None
        )
        steps = next(one["steps"] for one in world["scenarios"] if one["id"] == scenario)
        event["offset"] = next((s["offset"] for s in steps if s["key"] == row["step"]), None)
    return {**event, **row}


def _decision(row: Row) -> Row:
    decision = {"customer": "C1", "entity": "E1", **NOTHING, "withdraw": [], **_plain(row)}
    if decision["outcome"] == "act" and decision["act_on"] is None:
        raise ValueError("an act says when")
    return decision


def _list(rows: Row | list[Row]) -> list[Row]:
    return rows if isinstance(rows, list) else [rows]


def _plain(row: Row) -> Row:
    """Return the row with days as text, as JSON has them."""
    return {
        name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()
    }
