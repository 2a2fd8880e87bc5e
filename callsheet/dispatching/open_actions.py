"""Actions that are not over: what they are, and the last thing that happened to them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from callsheet.history import NewEvent
from callsheet.proof.ledger import last_group
from callsheet.store.transaction import Transaction
from callsheet.vocabulary import ActionState, ActionType, Mode

CONTENT = "content"  # in an event's details: the hash of what the action says from then on
_SQL = Path(__file__).parents[1] / "sql" / "dispatch"


def _of_the_open(question: str, *, all_of_them: bool = True) -> str:
    """Return the question over what is open now: each engine plans it without the other rows."""
    open_now = (_SQL / "open_now.sql").read_text("utf-8")
    asked = ("$everything", "true") if all_of_them else ("$everything or ", "")
    text = (_SQL / f"{question}.sql").read_text("utf-8")
    return f"with open_now as (\n{open_now.replace(*asked)})\n\n{text}"


_OF_ALL = _of_the_open("open_actions")
_OF_THESE = _of_the_open("open_actions", all_of_them=False)
_IDS_OF_ALL = _of_the_open("open_action_ids")
_NOW_OF_THESE = _of_the_open("actions_now", all_of_them=False)
_ANY_OPEN = (_SQL / "any_open.sql").read_text("utf-8")
_STILL_OPEN = (_SQL / "still_open.sql").read_text("utf-8")


@dataclass(frozen=True)
class Telling:
    """Who says that something happened, on which business day, at which moment."""

    on_day: date
    happened_at: datetime
    author: str


@dataclass(frozen=True)
class ActionNow:
    """An action as far as it tells whether it may leave now: its state, its day, its way."""

    action_id: str
    state: ActionState
    body: str
    customer: str
    entity: str
    channel: ActionType
    internal: bool
    act_on: date | None
    planned_on: date

    @cached_property
    def detail(self) -> Mapping[str, Any]:
        """Return the details of its last event."""
        found: Mapping[str, Any] = from_json(self.body).get("detail", {})
        return found


@dataclass(frozen=True)
class OpenAction(ActionNow):
    """An action with its current state; `no` is its last event's number."""

    no: int
    reason: str
    on_day: date
    unit: str
    leader: str
    scenario: str
    step: str
    step_title: str
    step_instance: str
    role: str
    mode: Mode
    legal: bool
    due_on: date | None
    plan_id: str
    claim: str
    planned_content: str
    recipient_hash: str
    template: str
    language: str

    @property
    def content_hash(self) -> str:
        """Return the hash of what it says now: as a person wrote or confirmed it, else as planned.

        Its events carry it on, so that what leaves is what the ledger says was confirmed.
        """
        return str(self.detail.get(CONTENT) or self.planned_content)

    @property
    def attempt(self) -> int:
        """Return the number of its last attempt to send; 0 before the first."""
        return int(self.detail.get("attempt", 0))

    def event(
        self,
        state: ActionState,
        told: Telling,
        *,
        reason: str = "",
        detail: Mapping[str, Any] | None = None,
        after: int = 0,
        before: ActionState | None = None,
    ) -> NewEvent:
        """Return the event that takes this action to `state`; `after` others of the same act.

        `before` is the state the last of these others left it in.
        """
        return NewEvent(
            subject=self.action_id,
            no=self.no + 1 + after,
            kind="action",
            state=state,
            reason=reason,
            on_day=told.on_day,
            happened_at=told.happened_at,
            author=told.author,
            unit=self.unit,
            customer=self.customer,
            entity=self.entity,
            detail=self._carried | dict(detail or {}),
            before=self.state if after == 0 else before,
        )

    @property
    def _carried(self) -> dict[str, str]:
        return {CONTENT: self.detail[CONTENT]} if CONTENT in self.detail else {}


def open_actions(
    tx: Transaction,
    states: Iterable[ActionState],
    entity: str | None = None,
    ids: Sequence[str] | None = None,
) -> list[OpenAction]:
    """Return the actions in one of `states`, oldest plan first; `ids` None means all of them."""
    if ids is None:
        rows = _found(tx, _OF_ALL, states, entity)
    else:
        words = [str(state) for state in states]
        rows = tx.fetch(_OF_THESE, states=words, entity=entity or "", ids=list(ids))
    return [OpenAction(*_in_words(row)) for row in rows]


def open_action_ids(
    tx: Transaction, states: Iterable[ActionState], entity: str | None = None
) -> list[str]:
    """Return which actions are in one of `states`, oldest plan first; they may be very many."""
    return [action_id for (action_id,) in _found(tx, _IDS_OF_ALL, states, entity)]


def actions_now(
    tx: Transaction, states: Iterable[ActionState], ids: Sequence[str]
) -> list[ActionNow]:
    """Return so much of `open_actions` as tells whether they may leave: a third of the work."""
    words = [str(state) for state in states]
    rows = tx.fetch(_NOW_OF_THESE, states=words, ids=list(ids))
    return [ActionNow(*_in_words(row)) for row in rows]


def _found(
    tx: Transaction, query: str, states: Iterable[ActionState], entity: str | None
) -> list[tuple[Any, ...]]:
    """Return what `query` finds of the actions in `states`; of most states there is none.

    Where there was none in the ledger up to some event, it is not looked through again so far.
    """
    words = [str(state) for state in states]
    nobody = f"nothing is {' or '.join(words)} up to"
    newest = last_group(tx)
    since = tx.known.get(nobody, 0)
    if since:
        may_be = tx.fetch(_STILL_OPEN, states=words, since=since)
    else:
        may_be = tx.fetch(_ANY_OPEN, states=words)
    rows = tx.fetch(query, states=words, entity=entity or "", ids=[]) if may_be else []
    if not rows and not entity and newest is not None:
        tx.known[nobody] = newest.last_seq
    return rows


def units_of_today(tx: Transaction, actions: Sequence[OpenAction]) -> dict[str, str]:
    """Return the unit each action counts for: of a merged customer that is the one who goes on."""
    rows = tx.fetch(
        "select action_id, unit from step_state"
        " where action_id in (select unnest(cast($ids as varchar[])))",
        ids=[action.action_id for action in actions],
    )
    return {action.action_id: action.unit for action in actions} | dict(rows)


def _in_words(row: Sequence[Any]) -> list[Any]:
    """Return a row with the words of our vocabulary in the place of their texts."""
    values = list(row)
    for place, words in _WORDS:
        if place < len(values):
            values[place] = words[values[place]]
    return values


_FIELDS = list(OpenAction.__dataclass_fields__)
_WORDS: list[tuple[int, dict[str, Any]]] = [
    (_FIELDS.index(name), {str(word): word for word in words})
    for name, words in (("state", ActionState), ("channel", ActionType), ("mode", Mode))
]
