"""What people say they did: calls made, steps skipped, letters posted. Each is an event."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from callsheet.desk.exclusions import Opening, open_exclusion
from callsheet.desk.naming import action_named
from callsheet.dispatching.open_actions import OpenAction, Telling
from callsheet.dispatching.routing import LETTERS
from callsheet.errors import UsageInvalid
from callsheet.history import NewEvent, record
from callsheet.settings import Settings
from callsheet.store.transaction import Transaction
from callsheet.vocabulary import ActionState, ActionType, ExclusionKind

_SPOKEN = frozenset({ActionType.PHONE, ActionType.VISIT})


class ActionOutcome(StrEnum):
    """How a person's action went. The first three mean that the customer was spoken to."""

    REACHED = "reached"
    PROMISED = "promised"
    DISPUTED = "disputed"
    LEFT_MESSAGE = "left_message"
    UNREACHED = "unreached"
    DONE = "done"  # nobody was to be reached: a letter, a committee, a file handed over


@dataclass(frozen=True)
class Recorded:
    """What a command wrote down, in a sentence, and how it is taken back."""

    action_id: str
    state: ActionState
    sentence: str
    undo: str = ""


def done(
    tx: Transaction,
    settings: Settings,
    name: str,
    outcome: ActionOutcome,
    told: Telling,
    *,
    note: str = "",
) -> Recorded:
    """Record that a person did an action, and how it went.

    A call that reached nobody is a failed attempt, to be tried again; the last one allowed
    (`max_attempts`) counts as done/unreached, so that the scenario goes on (R10).
    """
    action = action_named(tx, name)
    _must_be(action, ActionState.PLANNED, "done")
    state = ActionState.DONE
    if outcome is ActionOutcome.UNREACHED:
        tried = _calls_in_vain(tx, action)
        if tried + 1 < settings.decision.max_attempts:
            state = ActionState.REJECTED
    detail = {"note": note} if note else {}
    record(tx, [action.event(state, told, reason=outcome, detail=detail)])
    if action.channel is ActionType.LITIGATION and state is ActionState.DONE:
        return _handed_over(tx, action, told)
    again = f"; to be tried again after {settings.decision.retry_days} day(s)"
    said = f"{_named(action)}: {outcome}{again if state is ActionState.REJECTED else ''}"
    return Recorded(action.action_id, state, said)


def _handed_over(tx: Transaction, action: OpenAction, told: Telling) -> Recorded:
    """Take the account out of its scenario: what is in litigation is no longer written about."""
    opening = Opening(
        kind=ExclusionKind.HOLD,
        what="litigation",
        customer=action.customer,
        entity=action.entity,
        from_day=told.on_day,
        reason="litigation",
    )
    short = open_exclusion(tx, opening, told).exclusion_id[:8]
    said = f"{_named(action)}: handed over, every message to the account stops ({short})"
    return Recorded(action.action_id, ActionState.DONE, said, f"callsheet release {short}")


def skip(tx: Transaction, name: str, why: str, told: Telling) -> Recorded:
    """Record that an action is left out on purpose: the scenario goes on after it."""
    action = action_named(tx, name)
    _must_be(action, ActionState.PLANNED, "skipped", also=ActionState.BLOCKED)
    events: list[NewEvent] = []
    if action.state is ActionState.BLOCKED:
        events.append(action.event(ActionState.PLANNED, told))
    events.append(
        action.event(
            ActionState.SKIPPED,
            told,
            reason="skipped_by_person",
            detail={"why": why},
            after=len(events),
        )
    )
    record(tx, events)
    return Recorded(action.action_id, ActionState.SKIPPED, f"{_named(action)}: skipped, {why}")


def posted(
    tx: Transaction, name: str, told: Telling, posted_on: date | None = None, tracking: str = ""
) -> Recorded:
    """Record that a letter was posted: only now does its step count as done."""
    action = action_named(tx, name)
    if action.channel not in LETTERS:
        raise UsageInvalid(f"{_named(action)} is no letter\n  do           see `callsheet done`")
    day = posted_on or told.on_day
    if day > told.on_day:
        raise UsageInvalid(f"posted on {day}: that day has not come yet")
    if action.state is not ActionState.CONFIRMED:
        _must_be(action, ActionState.PLANNED, "posted", also=ActionState.CONFIRMED)
        if action.mode != "manual":
            raise UsageInvalid(
                f"{_named(action)} has not been confirmed\n"
                "  do           `callsheet confirm` first, so that what is posted is what was read"
            )
    events = posting(action, Telling(day, told.happened_at, told.author), tracking)
    state = ActionState(events[-1].state)
    record(tx, events)
    return Recorded(action.action_id, state, f"{_named(action)}: posted on {day}")


def posting(action: OpenAction, told: Telling, tracking: str = "") -> list[NewEvent]:
    """Return the events of a letter's posting on `told.on_day`: ours, or a person's own."""
    proof = {"provider": "post", "posted_on": told.on_day.isoformat(), "tracking": tracking}
    if action.state is not ActionState.CONFIRMED:
        return [action.event(ActionState.DONE, told, reason="posted", detail=proof)]
    proof["attempt"] = "1"
    return [
        action.event(ActionState.SENDING, told, detail=proof),
        action.event(ActionState.ACCEPTED, told, detail=proof, after=1),
    ]


def returned(tx: Transaction, name: str, why: str, told: Telling) -> Recorded:
    """Record that the post brought a letter back: its step is not done any more (R10)."""
    action = action_named(tx, name)
    if action.channel not in LETTERS:
        raise UsageInvalid(
            f"{_named(action)} is no letter\n  do           mails come back by events"
        )
    _must_be(action, ActionState.ACCEPTED, "returned", also=ActionState.DELIVERED)
    detail = {"attempt": action.attempt, "why": why}
    record(tx, [action.event(ActionState.DELIVERY_FAILED, told, reason="returned", detail=detail)])
    return Recorded(action.action_id, ActionState.DELIVERY_FAILED, f"{_named(action)}: came back")


def _must_be(
    action: OpenAction, state: ActionState, wish: str, also: ActionState | None = None
) -> None:
    if action.state in {state, also}:
        return
    raise UsageInvalid(
        f"{_named(action)} cannot be {wish}: it is {action.state}"
        f"{f' ({action.reason})' if action.reason else ''} since {action.on_day}"
    )


def _calls_in_vain(tx: Transaction, action: OpenAction) -> int:
    """Return how many earlier calls of this step, in this run, reached nobody."""
    rows = tx.fetch(
        "select count(*) from action inner join event on event.subject = action.action_id"
        " where action.step_instance = $instance and event.kind = 'action'"
        " and event.state = 'rejected' and event.reason = 'unreached'",
        instance=action.step_instance,
    )
    return int(rows[0][0]) if action.step_instance else 0


def _named(action: OpenAction) -> str:
    title = action.step_title or action.channel.replace("_", " ")
    return f"{title} for {action.customer} in {action.entity} ({action.action_id[:8]})"
