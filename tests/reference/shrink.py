"""Make a world that two deciders disagree on as small as it stays in disagreement."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

Row = dict[str, Any]

LISTS = (
    "history",
    "items",
    "exclusions",
    "assignments",
    "rules",
    "customers",
    "scenarios",
    "merged_customers",
)
OPTIONAL = {
    "exclusions": ("amount", "on_return", "recorded_on", "until"),
    "items": ("applies_to",),
    "history": ("due_on", "internal", "permanent"),
}


def shrink(world: Row, differs: Callable[[Row], bool], defaults: Row) -> Row:
    """Return the smallest world found by leaving rows, steps and marks out while `differs`."""
    smaller = True
    while smaller:
        smaller = False
        for candidate in _smaller(world, defaults):
            if differs(candidate):
                world, smaller = candidate, True
                break
    return world


def _smaller(world: Row, defaults: Row) -> list[Row]:
    found = []
    for table in LISTS:
        for number in range(len(world.get(table, []))):
            found.append(deepcopy(world))
            del found[-1][table][number]
    for place, scenario in enumerate(world["scenarios"]):
        for number, step in enumerate(scenario["steps"]):
            found.append(deepcopy(world))
            del found[-1]["scenarios"][place]["steps"][number]
            for mark in set(step) - {"key", "offset"}:
                found.append(deepcopy(world))
                del found[-1]["scenarios"][place]["steps"][number][mark]
    for name, value in defaults.items():
        if world["settings"].get(name, value) != value:
            found.append(deepcopy(world))
            found[-1]["settings"][name] = value
    for table, marks in OPTIONAL.items():
        for number, row in enumerate(world[table]):
            for mark in marks:
                if row.get(mark) is not None:
                    found.append(deepcopy(world))
                    found[-1][table][number][mark] = None
    return found
