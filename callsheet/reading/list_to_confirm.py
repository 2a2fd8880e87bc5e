"""A list to confirm as Prefect shows it: a table for its artifact, and the words of the question.

Account references only, never names or addresses: whoever needs those asks `callsheet confirm`.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

from callsheet.desk.asking import Question
from callsheet.desk.confirmation import FrozenList
from callsheet.dispatching.open_actions import OpenAction
from callsheet.reading.call_sheet_markdown import MOST_ROWS, amounts, plain
from callsheet.reading.reasons import sentence
from callsheet.vocabulary import ActionState

_SHORT = 12  # characters of a digest that a person copies
_ID_CHARACTERS = 8


def artifact_key(entity: str) -> str:
    """Return the name of an entity's table: Prefect allows small letters, digits and dashes."""
    return f"to-confirm-{re.sub(r'[^a-z0-9]+', '-', entity.lower()).strip('-') or 'all'}"


def rows_of(actions: Iterable[OpenAction], frozen: FrozenList) -> list[dict[str, str]]:
    """Return the lines of a list as rows of text, oldest first, the first `MOST_ROWS` of them."""
    return [
        {
            "id": action.action_id[:_ID_CHARACTERS],
            "account": action.customer,
            "claimed": _claimed(action),
            "step": action.step_title,
            "channel": action.channel.replace("_", " ") + (", legal" if action.legal else ""),
            "leader": action.leader,
            "waits since": action.planned_on.isoformat(),
            "stands": _standing(action, frozen),
        }
        for action in sorted(actions, key=lambda one: (one.planned_on, one.action_id))[:MOST_ROWS]
    ]


def about(frozen: FrozenList, said: str = "") -> str:
    """Return the description of a list's table: how many, how much, where the rest is."""
    shown = min(frozen.count, MOST_ROWS)
    lines = f"{shown} of {frozen.count} lines shown" if shown < frozen.count else "every line shown"
    rest = f"`callsheet confirm --list {frozen.digest[:_SHORT]}`"
    first = f"{said} " if said else ""
    return (
        f"{first}{plain(frozen.entity)}, {frozen.on_day}: {frozen.count} to confirm over"
        f" {_sums(frozen)}; {lines}; with names: {rest}"
    )


def question_text(question: Question, problem: str = "") -> str:
    """Return what stands above the form: what is asked, and what was wrong with the last answer."""
    parts = []
    if problem:
        wrong = "\n".join(f"- {plain(line)}" for line in problem.splitlines())
        parts.append(f"**Nothing was confirmed: the last answer is not clear.**\n\n{wrong}")
        parts.append("The lists are the same:")
    parts.append("\n".join(_listed(one) for one in question.lists))
    parts.append(
        "What you confirm is exactly these lists. A line that has changed since is not sent."
        f" Unanswered at {question.until:%Y-%m-%d %H:%M} UTC, everything stays to be confirmed."
    )
    return "\n\n".join(parts)


def _listed(frozen: FrozenList) -> str:
    return (
        f"- **{plain(frozen.entity)}**: {frozen.count} messages over {_sums(frozen)}"
        f" (table {artifact_key(frozen.entity)}, list {frozen.digest[:_SHORT]})"
    )


def _sums(frozen: FrozenList) -> str:
    return amounts(dict(frozen.sums)) or "nothing claimed"


def _claimed(action: OpenAction) -> str:
    claims: defaultdict[str, Decimal] = defaultdict(Decimal)
    for one in json.loads(action.claim):
        claims[one["currency"]] += Decimal(one["amount"])
    return amounts(claims)


def _standing(action: OpenAction, frozen: FrozenList) -> str:
    listed = frozen.lines[action.action_id]
    if action.state is not ActionState.PLANNED:
        return sentence(action.reason or action.state)
    if action.content_hash != listed:
        return sentence(action.reason)
    return "to confirm" if listed == action.planned_content else "to confirm, written by a person"


def said_of(confirmed: Sequence[str], left: Sequence[str], dropped: Sequence[str], by: str) -> str:
    """Return what came of a list, for its table."""
    return (
        f"Answered by {plain(by)}: {len(confirmed)} confirmed, {len(left)} left,"
        f" {len(dropped)} dropped."
    )
