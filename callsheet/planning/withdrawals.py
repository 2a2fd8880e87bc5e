"""Withdrawals: proposed actions that are no longer what the decision wants are taken back."""

from datetime import date, datetime

import duckdb

from callsheet.dispatching.open_actions import Telling, open_actions
from callsheet.history import record
from callsheet.store.transaction import Transaction
from callsheet.vocabulary import ActionState

AUTHOR = "decision"
# A doubt or an attempt is never withdrawn; one put off meets the last look before it goes again.
WITHDRAWABLE = (ActionState.PLANNED, ActionState.CONFIRMED, ActionState.BLOCKED)
_WORDS = {
    "insolvency": "insolvency",
    "on_hold": "hold",
    "disputed": "disputed",
    "specific_action": "promise",
    "nothing_open": "paid",
    "covered_by_credits": "covered_by_credits",
    "below_minimum": "below_minimum",
}


def withdraw(
    tx: Transaction, con: duckdb.DuckDBPyConnection, as_of: date, happened_at: datetime
) -> int:
    """Cancel what the day's decisions withdraw; return how many actions that were."""
    rows = con.execute(
        "select unnest(withdraw), outcome, coalesce(reason, ''), coalesce(leader, ''),"
        " coalesce(step, '') from decisions where len(withdraw) > 0"
    ).fetchall()
    decided = {row[0]: row[1:] for row in rows}
    if not decided:
        return 0
    told = Telling(as_of, happened_at, AUTHOR)
    events = []
    for action in open_actions(tx, WITHDRAWABLE, ids=sorted(decided)):
        outcome, reason, leader, step = decided[action.action_id]
        why = _WORDS.get(reason, "moved" if leader == action.leader else "leader_changed")
        detail = {"outcome": outcome, "reason": reason, "leader": leader, "step": step}
        events.append(action.event(ActionState.CANCELLED, told, reason=why, detail=detail))
    record(tx, events)
    return len(events)
