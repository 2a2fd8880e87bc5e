"""Notices become events of their actions: forward only, once, and in one transaction."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum

from callsheet.dispatching.open_actions import OpenAction, Telling, open_actions
from callsheet.dispatching.suppression import Dead, suppressing
from callsheet.errors import Taken
from callsheet.evidence.notice import Notice, Tells, steps
from callsheet.history import NewEvent, record
from callsheet.store.transaction import Transaction
from callsheet.store.warehouse import Warehouse
from callsheet.vocabulary import ActionState as S

SPAM = "spam_report"
_SENT = frozenset(
    {S.ACCEPTED, S.DELIVERED, S.DELIVERY_FAILED, S.DECLARED_SENT, S.RESEND_ORDERED, S.ABANDONED}
)


class Fate(StrEnum):
    """What became of a notice."""

    APPLIED = "applied"
    NO_CHANGE = "no_change"  # it tells nothing that was not known
    UNMATCHED = "unmatched"  # no action has this id
    WAITING = "waiting"  # the attempt it tells of is still under way
    FOREIGN = "foreign"  # not about an action at all


def apply_notices(tx: Transaction, notices: Sequence[Notice], told: Telling) -> list[Fate]:
    """Record what `notices` prove and return the fate of each, in their order.

    Taken when somebody else took one of these actions further meanwhile: apply them again.
    """
    ids = sorted({notice.action_id for notice in notices})
    actions = {action.action_id: action for action in open_actions(tx, S, ids=ids)}
    sent_on = _days_of_attempts(tx, actions.values())
    by_action: defaultdict[str, list[int]] = defaultdict(list)
    for place, notice in enumerate(notices):
        by_action[notice.action_id].append(place)
    fates = [Fate.UNMATCHED] * len(notices)
    events: list[NewEvent] = []
    dead: list[Dead] = []
    for action_id, places in by_action.items():
        if action_id not in actions:
            continue
        life = _Life(actions[action_id], told, sent_on.get(action_id, told.on_day))
        for place in places:
            fates[place] = life.hear(notices[place])
        events += life.events
        dead += life.dead
    record(tx, [*events, *suppressing(tx, dead, told)])
    return fates


def apply_once(warehouse: Warehouse, notices: Sequence[Notice], told: Telling) -> list[Fate]:
    """Apply `notices` in a transaction of their own; once more, one by one, after a lost race.

    One that loses again waits: it is found and applied the next time.
    """
    if not notices:
        return []
    try:
        with warehouse.transaction() as tx:
            return apply_notices(tx, notices, told)
    except Taken:
        return [_apply_one(warehouse, notice, told) for notice in notices]


def _apply_one(warehouse: Warehouse, notice: Notice, told: Telling) -> Fate:
    try:
        with warehouse.transaction() as tx:
            return apply_notices(tx, [notice], told)[0]
    except Taken:
        return Fate.WAITING


class _Life:
    """One action as notice after notice takes it further."""

    def __init__(self, action: OpenAction, told: Telling, sent_on: date) -> None:
        self._action, self._told = action, told
        self._sent = Telling(sent_on, told.happened_at, told.author)
        self._state = action.state
        self.events: list[NewEvent] = []
        self.dead: list[Dead] = []

    def hear(self, notice: Notice) -> Fate:
        way = steps(self._state, notice)
        if way is None:
            return Fate.WAITING
        for state, reason in way:
            self._go(state, reason, notice)
        self._suppress(notice)
        return Fate.APPLIED if way else Fate.NO_CHANGE

    def _go(self, state: S, reason: str, notice: Notice) -> None:
        """Go on to `state`. A doubt that is closed counts on the day of its attempt."""
        detail = {
            "attempt": self._action.attempt,
            "evidence": notice.source,
            "told_at": notice.told_at.isoformat(),
            **notice.proof,
        }
        self.events.append(
            self._action.event(
                state,
                self._sent if state is S.ACCEPTED else self._told,
                reason=reason,
                detail=detail,
                after=len(self.events),
                before=self._state,
            )
        )
        self._state = state

    def _suppress(self, notice: Notice) -> None:
        is_dead = notice.is_address_dead or notice.tells is Tells.SPAM
        if is_dead and self._action.recipient_hash and self._state in _SENT:
            self.dead.append(Dead(self._action, notice.reason or SPAM))


def _days_of_attempts(tx: Transaction, actions: Iterable[OpenAction]) -> dict[str, date]:
    """Return on which business day the last attempt of each doubt was made."""
    doubts = [a.action_id for a in actions if a.state in {S.IN_DOUBT, S.RESEND_ORDERED}]
    if not doubts:
        return {}
    rows = tx.fetch(
        "select subject, max(on_day) from event where kind = 'action' and state = 'sending'"
        " and subject in (select unnest(cast($ids as varchar[]))) group by subject",
        ids=doubts,
    )
    return dict(rows)
