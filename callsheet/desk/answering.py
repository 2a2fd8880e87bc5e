"""An answer to a list: read from what a person typed, written down whole, then anchored outside.

The terminal and the flow `confirm` both come through here, so that they record the same.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from callsheet.configuration import scenarios_in
from callsheet.crash_points import Point, reached
from callsheet.desk.confirmation import (
    Confirmed,
    FrozenList,
    actions_on,
    confirm_list,
    keep_list,
    meant,
)
from callsheet.dispatching.open_actions import OpenAction, Telling
from callsheet.dispatching.recheck import recheck
from callsheet.errors import UsageInvalid
from callsheet.proof.anchors import Occasion, anchor
from callsheet.settings import Settings
from callsheet.store.transaction import Transaction
from callsheet.store.warehouse import Warehouse
from callsheet.vocabulary import ActionState

_LONGEST_NAME = 100
_LONGEST_NOTE = 2000
_SEPARATORS = re.compile(r"[\s,;]+")


class Choice(StrEnum):
    """What may be said of a list, in the words of the form."""

    ALL = "Send all"
    ALL_BUT = "Send all but those named below"
    NONE = "Send none"


@dataclass(frozen=True)
class Answer:
    """A readable answer: who says it, which lines are left for later, and a note."""

    choice: Choice
    name: str
    left: frozenset[str]
    note: str = ""


def read_answer(choice: str, leave_out: str, name: str, note: str, ids: Collection[str]) -> Answer:
    """Return what a person meant by four texts; UsageInvalid says everything that is unclear.

    `leave_out` names lines by their ids or the beginnings of them, with commas or blanks between.
    """
    wrong: list[str] = []
    chosen = next((one for one in Choice if one.value == choice), None)
    beginnings = [one for one in _SEPARATORS.split(leave_out.strip()) if one]
    if chosen is None:
        wrong.append(f"decision {choice!r}: choose one of {', '.join(Choice)}")
    elif chosen is Choice.ALL_BUT and not beginnings:
        wrong.append(f"{chosen}: name the lines to leave out, or choose {Choice.ALL}")
    elif chosen is not Choice.ALL_BUT and beginnings:
        wrong.append(f"{chosen}: yet lines to leave out are named; choose {Choice.ALL_BUT}")
    wrong += _problems("the name of who confirms", name, _LONGEST_NAME, needed=True)
    wrong += _problems("the note", " ".join(note.splitlines()), _LONGEST_NOTE)
    left: Collection[str] = ids if chosen is Choice.NONE else ()
    try:
        left = left or meant(beginnings, ids)
    except UsageInvalid as problem:
        wrong.append(str(problem))
    if wrong or chosen is None:
        raise UsageInvalid("\n".join(wrong))
    return Answer(chosen, name.strip(), frozenset(left), note.strip())


def give_answer(
    warehouse: Warehouse,
    settings: Settings,
    lists: Sequence[FrozenList],
    answer: Answer,
    told: Telling,
    *,
    asker: str = "",
) -> list[Confirmed]:
    """Confirm `lists` as `answer` says, all in one transaction, and anchor the ledger outside.

    The world is looked at once more: what is no longer true is dropped, with its reason.
    """
    with warehouse.held(for_small_work=True):
        with warehouse.transaction() as tx:
            done = []
            for frozen in lists:
                keep_list(tx, frozen)
                done.append(
                    confirm_list(
                        tx,
                        frozen.digest,
                        told,
                        leave_out=answer.left & frozen.lines.keys(),
                        note=answer.note,
                        changed=_changed(tx, settings, frozen, answer, told),
                        asker=asker,
                    )
                )
            reached(Point.CONFIRMATION_OPEN)
        reached(Point.CONFIRMED)
        anchor(warehouse, settings, told.happened_at, Occasion.CONFIRMATION)
    return done


def _changed(
    tx: Transaction, settings: Settings, frozen: FrozenList, answer: Answer, told: Telling
) -> Mapping[str, str]:
    """Return why lines that were said yes to must not go after all."""
    asked = [
        action
        for action in actions_on(tx, frozen)
        if action.state is ActionState.PLANNED and action.action_id not in answer.left
    ]
    edited = dict.fromkeys(_edited_since(tx, settings, asked), "plan_stale")
    return {**edited, **recheck(tx, settings, asked, told.on_day)}


def _edited_since(
    tx: Transaction, settings: Settings, actions: Sequence[OpenAction]
) -> Iterable[str]:
    """Return the actions whose scenario was edited since they were planned."""
    versions = {key: one.version for key, one in scenarios_in(settings.scenarios).items()}
    rows = tx.fetch(
        "select action_id, scenario, scenario_version from action where scenario <> ''"
        " and action_id in (select unnest(cast($ids as varchar[])))",
        ids=[action.action_id for action in actions],
    )
    return [key for key, scenario, version in rows if versions.get(scenario) != version]


def _problems(what: str, text: str, longest: int, *, needed: bool = False) -> Iterable[str]:
    if needed and not text.strip():
        yield f"{what} is missing: a confirmation is somebody's"
    if len(text) > longest:
        yield f"{what} is longer than {longest} characters"
    if any(unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} for sign in text.strip()):
        yield f"{what} holds a character that no line of text may hold"
