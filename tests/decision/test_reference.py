"""The reference itself: what holds on any day, and that the random worlds reach every rule."""

import inspect
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
from reference import decide as decide_module
from reference import facts, run
from reference.decide import decide
from reference.plays import carried_out, play
from reference.predicates import is_true
from reference.worlds import random_world, seeded

OUTCOMES = {
    ("act", None),
    ("wait", "not_yet"),
    ("wait", "closed_day"),
    ("pending", None),
    ("blocked", "delivery_failed"),
    ("finished", None),
    ("hold", "insolvency"),
    ("hold", "on_hold"),
    ("hold", "disputed"),
    ("hold", "specific_action"),
    ("hold", "below_minimum"),
    ("hold", "no_due_date"),
    ("hold", "covered_by_credits"),
    ("hold", "credits_to_allocate"),
    ("none", "no_scenario"),
    ("none", "empty_scenario"),
    ("none", "nothing_open"),
}


def test_random_worlds_reach_every_outcome_and_reason_often():
    reached = Counter(
        (decision["outcome"], decision["reason"])
        for n in range(3_000)
        for decision in decide(random_world(seeded(n)))
    )

    assert set(reached) == OUTCOMES
    assert min(reached.values()) >= 20, reached


def test_random_worlds_reach_every_line_of_the_rules():
    modules = (decide_module, run, facts)
    seen: Counter[tuple[str, int]] = Counter()
    files = {module.__file__ for module in modules}

    def watch(frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code.co_filename not in files:
            return None
        seen[frame.f_code.co_filename, frame.f_lineno] += 1
        return watch

    before = sys.gettrace()
    sys.settrace(watch)
    try:
        for n in range(1_000):
            decide(random_world(seeded(n)))
    finally:
        sys.settrace(before)

    missed = {
        f"{Path(module.__file__ or '').name}:{line}"
        for module in modules
        for line in _lines(module)
        if (module.__file__, line) not in seen
    }
    assert missed == set()


def _lines(module: Any) -> set[int]:
    """The lines of the functions of a module, their first (the def) left out."""
    code = compile(inspect.getsource(module), "rules", "exec")
    found: set[int] = set()

    def walk(part: CodeType, is_function: bool) -> None:
        if is_function:
            found.update(line for _, _, line in part.co_lines() if line not in (None, 0))
            found.discard(part.co_firstlineno)
        for constant in part.co_consts:
            if isinstance(constant, CodeType):
                walk(constant, bool(constant.co_flags & inspect.CO_OPTIMIZED))

    walk(code, False)
    return found


@pytest.mark.parametrize("seed", range(20))
def test_no_account_hears_twice_on_a_day_and_nobody_on_a_closed_day(seed):
    for world, decisions in play(seeded(seed), decide, days=30):
        today = date.fromisoformat(world["today"])
        done_today = {
            (event["customer"], event["entity"])
            for event in world["history"]
            if event["on"] == world["today"]
            and event["event"] == "done"
            and event["origin"] == "scenario"
            and not event.get("internal")
        }
        for decision in decisions:
            if decision["outcome"] == "act":
                assert today.isoweekday() not in world["settings"]["weekend"]
                assert world["today"] not in world["settings"]["holidays"]
                assert (decision["customer"], decision["entity"]) not in done_today


def test_once_played_the_same_day_decides_nothing_new():
    for n in range(500):
        world = random_world(seeded(n))
        decisions = decide(world)

        again = decide(carried_out(world, decisions))

        for before, after in zip(decisions, again, strict=True):
            assert after["withdraw"] == []
            expected = "pending" if before["outcome"] == "act" else before["outcome"]
            assert (after["outcome"], after["step"]) == (expected, before["step"]), world


@pytest.mark.parametrize(
    ("predicate", "answer"),
    [
        ("nature = 'public'", False),
        ("nature <> 'public'", True),
        ("country = 'FR'", False),
        ("NOT country = 'FR'", False),
        ("country IS NULL", True),
        ("country IS NOT NULL", False),
        ("country = 'FR' OR nature = 'private'", True),
        ("country = 'FR' AND nature = 'private'", False),
        ("nature IN ('public', 'private')", True),
        ("nature NOT IN ('public', NULL)", False),
        ("nature LIKE 'priv%'", True),
        ("nature BETWEEN 'a' AND 'z' AND nature <> 'q'", True),
        ("NOT (nature = 'public' OR risk_class = 'high')", True),
        ("limit_in_thousands >= 10", True),
        ("nature = 'it''s'", False),
    ],
)
def test_a_predicate_that_is_unknown_is_not_true(predicate, answer):
    customer = {
        "nature": "private",
        "risk_class": "low",
        "country": None,
        "limit_in_thousands": 12,
    }

    assert is_true(predicate, customer) is answer
