"""People as a replay plays them: somebody who confirms, calls and posts, by a rule with a name."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from callsheet.calendars import WEEKENDS_ONLY, working_days_after
from callsheet.desk.confirmation import confirm
from callsheet.desk.people import ActionOutcome, posting
from callsheet.dispatching.open_actions import OpenAction, Telling, open_actions
from callsheet.dispatching.posting import printed_letters
from callsheet.dispatching.routing import LETTERS
from callsheet.errors import UsageInvalid
from callsheet.history import NewEvent, record
from callsheet.settings import Settings
from callsheet.store.transaction import Transaction
from callsheet.store.warehouse import Warehouse
from callsheet.vocabulary import ActionState, ActionType, Mode

SPOKEN = frozenset({ActionType.PHONE, ActionType.VISIT})


@dataclass(frozen=True)
class PlayingPeople:
    """`days_late` working days after an action was planned it is done; None: never."""

    named: str
    days_late: int | None

    @classmethod
    def of(cls, named: str) -> "PlayingPeople":
        """Return the rule called `prompt`, `late:N` or `none`; UsageInvalid for any other."""
        if named == "none":
            return cls(named, None)
        if named == "prompt":
            return cls(named, 0)
        word, _, days = named.partition(":")
        if word == "late" and days.isdecimal():
            return cls(named, int(days))
        raise UsageInvalid(
            f"people {named!r}: no such rule\n"
            "  do           write prompt, none, or late:N with a number of working days"
        )

    def act(self, warehouse: Warehouse, settings: Settings, as_of: date, now: datetime) -> None:
        """Confirm, call and post whatever has waited long enough."""
        if self.days_late is None:
            return
        told = Telling(as_of, now, f"replay, {self.named}")
        with warehouse.transaction() as tx:
            waiting = open_actions(tx, [ActionState.PLANNED, ActionState.CONFIRMED])
            ripe = [action for action in waiting if self._is_ripe(action, as_of)]
            planned = [action for action in ripe if action.state is ActionState.PLANNED]
            _confirm(tx, [a for a in planned if a.mode is Mode.TO_CONFIRM], told)
            by_hand = [action for action in planned if action.mode is Mode.MANUAL]
            acts = [_act(action, told) for action in [*by_hand, *_printed(tx, ripe)]]
            record(tx, [event for events in acts for event in events])

    def _is_ripe(self, action: OpenAction, as_of: date) -> bool:
        return working_days_after(WEEKENDS_ONLY, action.planned_on, self.days_late or 0) <= as_of


def _confirm(tx: Transaction, actions: Iterable[OpenAction], told: Telling) -> None:
    by_entity: dict[str, list[str]] = {}
    for action in actions:
        by_entity.setdefault(action.entity, []).append(action.action_id)
    for entity, ids in by_entity.items():
        confirm(tx, entity, ids, told)


def _act(action: OpenAction, told: Telling) -> list[NewEvent]:
    """Return what `callsheet done` or `callsheet posted` would record, all in one go."""
    if action.channel in LETTERS:
        return posting(action, told)
    outcome = ActionOutcome.REACHED if action.channel in SPOKEN else ActionOutcome.DONE
    return [action.event(ActionState.DONE, told, reason=outcome)]


def _printed(tx: Transaction, actions: Iterable[OpenAction]) -> list[OpenAction]:
    confirmed = [a for a in actions if a.state is ActionState.CONFIRMED and a.channel in LETTERS]
    ids = printed_letters(tx, confirmed)
    return [action for action in confirmed if action.action_id in ids]
