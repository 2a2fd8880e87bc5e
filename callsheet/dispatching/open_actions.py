"""Actions that are not over: what they are, and the last thing that happened to them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from callsheet.history import NewEvent
from callsheet.store.transaction import Transaction
from callsheet.vocabulary import ActionState, ActionType, Mode

CONTENT = "content"  # in an event's details: the hash of what the action says from then on
_SQL = Path(__file__).parents[1] / "sql" / "dispatch"
_QUERY = (_SQL / "open_actions.sql").read_text("utf-8")
# Asked for all or for some: each engine plans the one question without the other's rows.
_OF_ALL = _QUERY.replace("$everything", "true")
_OF_THESE = _QUERY.replace("$everything or ", "")
_IDS_OF_ALL = (
    f"select action_id from ({_OF_ALL}) as open_now order by planned_on, due_on, action_id"  # noqa: S608  # a question of our own
)
_IS_THERE_ANY = (_SQL / "any_open.sql").read_text("utf-8")


@dataclass(frozen=True)
class Telling:
    """Who says that something happened, on which business day, at which moment."""

    on_day: date
    happened_at: datetime
    author: str


@dataclass(frozen=True)
class OpenAction:
    """An action with its current state; `no` is its last event's number."""

    action_id: str
    no: int
    state: ActionState
    reason: str
    on_day: date
    body: str
    unit: str
    customer: str
    entity: str
    leader: str
    scenario: str
    step: str
    step_title: str
    step_instance: str
    channel: ActionType
    role: str
    mode: Mode
    internal: bool
    legal: bool
    due_on: date | None
    act_on: date | None
    planned_on: date
    plan_id: str
    claim: str
    planned_content: str
    recipient_hash: str

    @cached_property
    def detail(self) -> Mapping[str, Any]:
        """Return the details of its last event."""
        found: Mapping[str, Any] = json.loads(self.body).get("detail", {})
        return found

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
    words = [str(state) for state in states]
    if ids is None and not tx.fetch(_IS_THERE_ANY, states=words):
        return []
    rows = tx.fetch(
        _OF_ALL if ids is None else _OF_THESE,
        states=words,
        entity=entity or "",
        ids=list(ids or ()),
    )
    return [_open_action(row) for row in rows]


def open_action_ids(
    tx: Transaction, states: Iterable[ActionState], entity: str | None = None
) -> list[str]:
    """Return which actions are in one of `states`, oldest plan first; they may be very many."""
    words = [str(state) for state in states]
    if not tx.fetch(_IS_THERE_ANY, states=words):
        return []
    rows = tx.fetch(_IDS_OF_ALL, states=words, entity=entity or "", ids=[])
    return [action_id for (action_id,) in rows]


def units_of_today(tx: Transaction, actions: Sequence[OpenAction]) -> dict[str, str]:
    """Return the unit each action counts for: of a merged customer that is the one who goes on."""
    rows = tx.fetch(
        "select action_id, unit from step_state"
        " where action_id in (select unnest(cast($ids as varchar[])))",
        ids=[action.action_id for action in actions],
    )
    return {action.action_id: action.unit for action in actions} | dict(rows)


def _open_action(row: Sequence[Any]) -> OpenAction:
    fields = dict(zip(OpenAction.__dataclass_fields__, row, strict=True))
    fields["state"] = ActionState(fields["state"])
    fields["channel"], fields["mode"] = ActionType(fields["channel"]), Mode(fields["mode"])
    return OpenAction(**fields)
