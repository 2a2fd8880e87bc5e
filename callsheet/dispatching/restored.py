"""A restored backup: what may have left without its knowing is in doubt, and never sent by itself.

The anchors outside name the actions of each batch. Those that the ledger holds as not yet sent
become doubts at once; those that it has never heard of become one as soon as they are planned
again, since the same fact gives the same id.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass

from callsheet.dispatching.open_actions import OpenAction, Telling, open_actions
from callsheet.history import NewEvent, record
from callsheet.proof.anchors import Occasion, anchor, folder_of
from callsheet.proof.beyond import Beyond, beyond
from callsheet.proof.ledger import ledger_id
from callsheet.settings import Settings
from callsheet.store.transaction import Transaction
from callsheet.store.warehouse import Warehouse
from callsheet.vocabulary import ActionState as S

KIND = "restored"
REASON = "restored"
_SUBJECT = "ledger:restored"
# How an action that was not sent, as far as the backup knows, comes into doubt.
_WAYS: dict[S, tuple[S, ...]] = {
    S.BLOCKED: (S.PLANNED, S.CONFIRMED, S.SENDING, S.IN_DOUBT),
    S.PLANNED: (S.CONFIRMED, S.SENDING, S.IN_DOUBT),
    S.CONFIRMED: (S.SENDING, S.IN_DOUBT),
    S.RETRY_WAIT: (S.SENDING, S.IN_DOUBT),
    S.RESEND_ORDERED: (S.SENDING, S.IN_DOUBT),
}


@dataclass(frozen=True)
class Adopted:
    """What came of a backup's adoption."""

    found: Beyond
    doubts: tuple[str, ...]  # held as not sent until now
    unknown: tuple[str, ...]  # doubts as soon as they are planned again

    def as_text(self) -> dict[str, object]:
        """Return it as plain data."""
        return {
            "agrees_up_to_group": self.found.group,
            "anchored_up_to_event": self.found.last_seq,
            "anchored_at": self.found.anchored_at,
            "doubts": list(self.doubts),
            "not_planned_yet": list(self.unknown),
            "anchors_kept_as": str(self.found.set_aside),
        }


def look_beyond(warehouse: Warehouse, settings: Settings) -> Adopted | None:
    """Return what an adoption would come to; None when the ledger is the one that was anchored."""
    with warehouse.reading() as tx:
        found = beyond(tx, folder_of(settings), ledger_id(tx))
        return _adopted(tx, found) if found else None


def adopt(warehouse: Warehouse, settings: Settings, told: Telling, why: str) -> Adopted | None:
    """Go on with this ledger: doubts for what may have left, and a new file of anchors.

    The old file is kept beside it. None, and nothing is done, when no anchor is beyond the ledger.
    """
    with warehouse.transaction() as tx:
        found = beyond(tx, folder_of(settings), ledger_id(tx))
        if found is None:
            return None
        adopted = _adopted(tx, found)
        rows = tx.fetch("select coalesce(max(no), 0) from event where subject = $s", s=_SUBJECT)
        record(tx, [_adoption(adopted, int(rows[0][0]) + 1, told, why)])
        doubt_what_may_have_left(tx, told)
    found.place.replace(found.set_aside)
    anchor(warehouse, settings, told.happened_at, Occasion.BATCH_END)
    return adopted


def doubt_what_may_have_left(tx: Transaction, told: Telling) -> int:
    """Turn into doubts what a restored backup held, or planned again, as not sent."""
    rows = tx.fetch("select body from event where subject = $s", s=_SUBJECT)
    named = {key for (body,) in rows for key in json.loads(body)["detail"]["actions"]}
    if not named:
        return 0
    waiting = _unsent(tx, named)
    record(tx, [event for action in waiting for event in _into_doubt(action, told)])
    return len(waiting)


def _adopted(tx: Transaction, found: Beyond) -> Adopted:
    here = {action.action_id for action in open_actions(tx, S, ids=found.actions)}
    unsent = tuple(action.action_id for action in _unsent(tx, found.actions))
    return Adopted(found, unsent, tuple(key for key in found.actions if key not in here))


def _unsent(tx: Transaction, ids: Collection[str]) -> list[OpenAction]:
    """Return which of `ids` are as good as unsent here, and were not in doubt before."""
    waiting = open_actions(tx, _WAYS, ids=list(ids))
    rows = tx.fetch(
        "select distinct subject from event where kind = 'action' and state = 'in_doubt'"
        " and reason = $reason and subject in (select unnest(cast($ids as varchar[])))",
        reason=REASON,
        ids=[action.action_id for action in waiting],
    )
    settled = {subject for (subject,) in rows}
    return [action for action in waiting if action.action_id not in settled]


def _into_doubt(action: OpenAction, told: Telling) -> list[NewEvent]:
    attempt = {"attempt": action.attempt + 1}
    before, events = action.state, []
    for after, state in enumerate(_WAYS[action.state]):
        reason = REASON if state is S.IN_DOUBT else ""
        detail = attempt if state in {S.SENDING, S.IN_DOUBT} else {}
        events.append(
            action.event(state, told, reason=reason, detail=detail, after=after, before=before)
        )
        before = state
    return events


def _adoption(adopted: Adopted, no: int, told: Telling, why: str) -> NewEvent:
    found = adopted.found
    return NewEvent(
        subject=_SUBJECT,
        no=no,
        kind=KIND,
        on_day=told.on_day,
        happened_at=told.happened_at,
        author=told.author,
        reason=REASON,
        detail={
            "why": why,
            "group": found.group,
            "last_seq": found.last_seq,
            "anchored_at": found.anchored_at,
            "actions": list(found.actions),
        },
    )
