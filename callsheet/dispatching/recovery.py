"""Recovery: attempts whose sender died are doubts now. Nothing is ever sent again here."""

from datetime import date, datetime
from pathlib import Path

from callsheet.channels.channel import WIRE
from callsheet.channels.outbox import Outbox
from callsheet.crash_points import Point, reached
from callsheet.dispatching.open_actions import OpenAction, Telling, open_actions
from callsheet.dispatching.ownership import Owner, is_dead, owning
from callsheet.dispatching.restored import doubt_what_may_have_left
from callsheet.errors import Busy
from callsheet.history import NewEvent, record
from callsheet.planning.content import Contents
from callsheet.settings import Settings
from callsheet.store.transaction import Transaction
from callsheet.store.warehouse import Warehouse
from callsheet.vocabulary import ActionState

AUTHOR = "recovery"


def settle_unfinished(warehouse: Warehouse, settings: Settings, as_of: date, now: datetime) -> int:
    """Turn what a crashed run left in `sending` into doubts; return how many there were.

    Busy when somebody is dispatching from the embedded warehouse. On PostgreSQL, where entities
    are dispatched side by side, it is left to each dispatch, which settles its own.
    """
    try:
        with owning(warehouse, settings, patience_seconds=0) as owner:
            return settle(warehouse, settings, owner, as_of, now)
    except Busy:
        if warehouse.kind == "duckdb":
            raise
        return 0


def settle(
    warehouse: Warehouse, settings: Settings, owner: Owner, as_of: date, now: datetime
) -> int:
    """Do so as the present owner of the dispatch."""
    with warehouse.transaction() as tx:
        doubt_what_may_have_left(tx, Telling(as_of, now, AUTHOR))
        if not open_actions(tx, [ActionState.SENDING]):
            return 0
        return _doubt_the_dead(tx, settings.home, owner, as_of, now)


def _doubt_the_dead(tx: Transaction, home: Path, owner: Owner, as_of: date, now: datetime) -> int:
    outbox = Outbox(home / "outbox")
    dead = [a for a in open_actions(tx, [ActionState.SENDING]) if is_dead(tx, owner, a.detail)]
    contents = Contents(home, {action.customer for action in dead})
    told = Telling(as_of, now, AUTHOR)
    events: list[NewEvent] = []
    for action in dead:
        attempt = {"attempt": action.attempt}
        events.append(
            action.event(ActionState.IN_DOUBT, told, reason="sender_died", detail=attempt)
        )
        if action.detail.get("provider") == outbox.name and _lies_there(outbox, contents, action):
            proof = attempt | {"evidence": "the file lies in the outbox"}
            events.append(action.event(ActionState.ACCEPTED, told, detail=proof, after=1))
    record(tx, events)
    reached(Point.IN_RECOVERY)
    return len(dead)


def _lies_there(outbox: Outbox, contents: Contents, action: OpenAction) -> bool:
    """Say whether the very bytes of its attempt lie in the outbox: evidence that it went."""
    found = outbox.hash_of(action.detail)
    return bool(found) and contents.mark(action.customer, found) == action.detail.get(WIRE)
