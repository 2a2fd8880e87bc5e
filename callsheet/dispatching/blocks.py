"""What holds a planned message back for a while: it cures itself, or a person mends it.

quarantined         a row of this customer was not loaded: the account may look worse than it is
doubt               an earlier message to the account may have been sent or not
after_call          the customer was reached by phone a few working days ago
another_mail_today  the address has already had an automatic mail that day
erp_silent          the ERP did not say, just before sending, how the account stands
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import duckdb

from callsheet.calendars import working_days_after
from callsheet.dispatching.live_look import ERP_SILENT
from callsheet.dispatching.open_actions import (
    CONTENT,
    OpenAction,
    Telling,
    open_actions,
    units_of_today,
)
from callsheet.history import NewEvent, record
from callsheet.settings import Settings
from callsheet.snapshots.freshest import receivables
from callsheet.store.transaction import Transaction
from callsheet.vocabulary import ActionState, Mode

QUARANTINED = "quarantined"
DOUBT = "doubt"
AFTER_CALL = "after_call"
ANOTHER_MAIL = "another_mail_today"
POLICY = "policy"
# What a person may tell of a call in which the customer was spoken to.
REACHED = ("reached", "promised", "disputed")
_LONGEST_CLOSURE_DAYS = 14  # weekends and holidays that a pause may have to step over


@dataclass(frozen=True)
class Blocks:
    """Which customers and units are held back on a day."""

    quarantined: frozenset[str]
    paused_units: frozenset[str]
    doubtful_units: frozenset[str] = frozenset()

    def reason(self, customer: str, unit: str, *, internal: bool = False) -> str:
        """Return why nothing automatic goes to this customer today; '' when it may."""
        if internal:
            return ""
        if customer in self.quarantined:
            return QUARANTINED
        if unit in self.doubtful_units:
            return DOUBT
        return AFTER_CALL if unit in self.paused_units else ""


def blocks_of(
    tx: Transaction, con: duckdb.DuckDBPyConnection, settings: Settings, as_of: date
) -> Blocks:
    """Return what holds messages back on `as_of`; `con` sees the freshest receivables."""
    customers = con.execute("select distinct customer from quarantined_customers").fetchall()
    return Blocks(
        quarantined=frozenset(row[0] for row in customers),
        paused_units=_paused(tx, con, settings.decision.call_pause, as_of),
        doubtful_units=doubtful_units(tx),
    )


def doubtful_units(tx: Transaction) -> frozenset[str]:
    """Return the units with a message to the customer that may have been sent or not."""
    doubts = [one for one in open_actions(tx, [ActionState.IN_DOUBT]) if not one.internal]
    return frozenset(units_of_today(tx, doubts).values()) if doubts else frozenset()


def lift_blocks(tx: Transaction, settings: Settings, as_of: date, happened_at: datetime) -> int:
    """Give back what is no longer held; what was confirmed before stays confirmed."""
    blocked = open_actions(tx, [ActionState.BLOCKED])
    if not blocked:
        return 0
    blocks = blocks_of(tx, receivables(tx, settings, as_of), settings, as_of)
    free = [action for action in blocked if _is_free(action, blocks, as_of, happened_at)]
    confirmers = _confirmers(tx, free)
    told = Telling(as_of, happened_at, POLICY)
    events: list[NewEvent] = []
    for action in free:
        events.append(action.event(ActionState.PLANNED, told))
        by = confirmers.get(action.action_id, _policy_of(action))
        if by is not None:
            stands = {} if by == POLICY else {"stands": by}
            events.append(action.event(ActionState.CONFIRMED, told, detail=stands, after=1))
    record(tx, events)
    return len(free)


def _is_free(action: OpenAction, blocks: Blocks, as_of: date, now: datetime) -> bool:
    if action.reason == ANOTHER_MAIL:
        return action.on_day < as_of
    if action.reason == ERP_SILENT and now < datetime.fromisoformat(action.detail["retry_at"]):
        return False
    return not blocks.reason(action.customer, action.unit, internal=action.internal)


def _policy_of(action: OpenAction) -> str | None:
    """Return the policy when it confirms this action: automatic, and not written by a person."""
    is_as_planned = action.content_hash == action.planned_content
    return POLICY if action.mode is Mode.AUTOMATIC and is_as_planned else None


def _confirmers(tx: Transaction, actions: Sequence[OpenAction]) -> Mapping[str, str]:
    """Return which person confirmed each of `actions`, as it reads now, before it was blocked."""
    reads = {action.action_id: action.content_hash for action in actions}
    rows = tx.fetch(
        "select subject, author, body from event"
        " where kind = 'action' and state = 'confirmed' and author <> $policy"
        " and subject in (select unnest(cast($ids as varchar[]))) order by subject, no",
        policy=POLICY,
        ids=list(reads),
    )
    return {
        subject: author
        for subject, author, body in rows
        if json.loads(body)["detail"].get(CONTENT) == reads[subject]
    }


def _paused(
    tx: Transaction, con: duckdb.DuckDBPyConnection, pause_days: int, as_of: date
) -> frozenset[str]:
    """Return the units whose customer was reached by phone up to `pause_days` open days ago."""
    calendars = dict(con.execute("select entity, calendar from entities").fetchall())
    rows = tx.fetch(
        "select coalesce(step_state.unit, action.unit), action.entity, max(event.on_day)"
        " from event inner join action on event.subject = action.action_id"
        " left join step_state on event.subject = step_state.action_id"
        " where event.kind = 'action' and event.state = 'done' and action.channel = 'phone'"
        " and event.reason in (select unnest(cast($reached as varchar[])))"
        " and event.on_day >= $since and event.on_day <= $as_of"
        " group by 1, 2",
        reached=list(REACHED),
        since=as_of - timedelta(days=2 * pause_days + _LONGEST_CLOSURE_DAYS),
        as_of=as_of,
    )
    return frozenset(
        unit
        for unit, entity, called_on in rows
        if as_of <= working_days_after(_calendar(calendars, entity), called_on, pause_days)
    )


def _calendar(calendars: Mapping[str, str], entity: str) -> str:
    """Return an entity's calendar; of a unit over several entities, the first one's."""
    return calendars.get(entity) or next(iter(calendars.values()), "WEEKENDS")
