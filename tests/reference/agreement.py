"""Where two deciders differ: the first world, made as small as possible, with both answers."""

from collections.abc import Callable
from typing import Any

from reference.decide import decide
from reference.facts import DEFAULTS
from reference.shrink import shrink

Row = dict[str, Any]
DecideWorlds = Callable[[list[Row]], list[list[Row]]]


def differing(worlds: list[Row], decide_worlds: DecideWorlds) -> list[int]:
    """Return the numbers of the worlds that `decide_worlds` answers otherwise than the rules."""
    answers = decide_worlds(worlds)
    return [
        number
        for number, (world, answer) in enumerate(zip(worlds, answers, strict=True))
        if answer != decide(world)
    ]


def first_difference(worlds: list[Row], decide_worlds: DecideWorlds) -> Row | None:
    """Return the first differing world, shrunk, with both answers; None where all agree."""
    numbers = differing(worlds, decide_worlds)
    if not numbers:
        return None
    world = shrink(
        worlds[numbers[0]], lambda smaller: bool(differing([smaller], decide_worlds)), DEFAULTS
    )
    return {
        "differing": len(numbers),
        "world": world,
        "rules say": decide(world),
        "answered": decide_worlds([world])[0],
    }
