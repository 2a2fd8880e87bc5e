"""What may leave now: confirmed, its day has come, its entity's window is open."""

from collections.abc import Collection, Iterator
from datetime import date, datetime

import duckdb

from callsheet.calendars import known_calendars, public_holidays, sending_window
from callsheet.dispatching.open_actions import (
    ActionNow,
    OpenAction,
    actions_now,
    open_action_ids,
    open_actions,
)
from callsheet.dispatching.posting import printed_letters
from callsheet.dispatching.routing import LETTERS, provider_of
from callsheet.settings import Settings
from callsheet.snapshots.freshest import receivables
from callsheet.store.transaction import Transaction
from callsheet.vocabulary import TO_THE_CUSTOMER, ActionState, ActionType

DUE = (ActionState.CONFIRMED, ActionState.RETRY_WAIT, ActionState.RESEND_ORDERED)
_AT_ONCE = 10_000


def due_actions(
    tx: Transaction,
    settings: Settings,
    as_of: date,
    now: datetime,
    entity: str | None = None,
) -> list[OpenAction]:
    """Return the actions the system may carry at `now`, oldest plan first."""
    due = [action.action_id for action in due_now(tx, settings, as_of, now, entity)]
    return open_actions(tx, DUE, ids=due) if due else []


def due_now(
    tx: Transaction,
    settings: Settings,
    as_of: date,
    now: datetime,
    entity: str | None = None,
    *,
    at_once: int = _AT_ONCE,
) -> Iterator[ActionNow]:
    """Yield the same, as far as it must be known of actions that may be very many.

    Only `at_once` of them are in memory.
    """
    ids = open_action_ids(tx, DUE, entity)
    if not ids:
        return
    con = receivables(tx, settings, as_of)
    open_now = open_entities(con, now)
    holidays = customers_on_holiday(con, settings, as_of)
    by_person = {way for way in ActionType if provider_of(way, settings) == "manual"}
    for first in range(0, len(ids), at_once):
        actions = actions_now(tx, DUE, ids[first : first + at_once])
        printed = printed_letters(tx, actions)
        for action in actions:
            if (
                action.action_id not in printed
                and action.channel not in by_person
                and may_leave(action, open_now, as_of, now)
                and not is_on_holiday(action, holidays)
            ):
                yield action


def may_leave(action: ActionNow, open_now: Collection[str], as_of: date, now: datetime) -> bool:
    """Say whether an action's day, pause and window allow it to go; a letter is only printed."""
    if (action.act_on or action.planned_on) > as_of:
        return False
    is_again = action.state is ActionState.RETRY_WAIT  # only then its details are worth reading
    retry_at = action.detail.get("retry_at") if is_again else None
    if retry_at and datetime.fromisoformat(retry_at) > now:
        return False
    if action.channel in LETTERS:
        return True
    return action.entity in open_now


def open_entities(con: duckdb.DuckDBPyConnection, now: datetime) -> frozenset[str]:
    """Return the entities whose sending window is open at `now`."""
    columns = ("entity", "time_zone", "calendar", "sending_from", "sending_until")
    rows = con.execute(f"select {', '.join(columns)} from entities").fetchall()  # noqa: S608  # names of our own
    windows = {row[0]: sending_window(dict(zip(columns, row, strict=True))) for row in rows}
    return frozenset(entity for entity, window in windows.items() if window.is_open(now))


def customers_on_holiday(
    con: duckdb.DuckDBPyConnection, settings: Settings, as_of: date
) -> frozenset[str]:
    """Return the customers whose country has a public holiday today, if that is kept (R11)."""
    if not settings.decision.public_holidays_customer:
        return frozenset()
    countries = con.execute("select distinct country from customers").fetchall()
    closed = [
        country
        for (country,) in countries
        if country in known_calendars() and as_of in public_holidays(country, as_of.year)
    ]
    rows = con.execute(
        "select customer from customers where country in (select unnest($closed))",
        {"closed": closed},
    ).fetchall()
    return frozenset(customer for (customer,) in rows)


def is_on_holiday(action: ActionNow, holidays: Collection[str]) -> bool:
    """Say whether an action must wait, since its customer is on holiday."""
    reaches = action.channel in TO_THE_CUSTOMER and not action.internal
    return reaches and action.customer in holidays
