"""The drain: events of the inbox become what they prove in the ledger, then are marked as settled.

Dying between the two applies them again: nothing changes, and they are settled then.
"""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from callsheet.crash_points import Point, reached
from callsheet.dispatching.open_actions import Telling
from callsheet.evidence.applying import Fate, apply_once
from callsheet.evidence.notice import Notice
from callsheet.evidence.sendgrid_told import notice_of
from callsheet.history import NewEvent, record
from callsheet.receiver.inbox import Inbox, Received
from callsheet.settings import Settings
from callsheet.store.transaction import Transaction
from callsheet.store.warehouse import Warehouse

AUTHOR = "evidence"
ALERT_KIND, ALERT = "alert", "unmatched_events"
_AT_ONCE = 1000
_KEPT_DAYS = 30  # of what was settled; a provider repeats itself for a day or two


def drain(warehouse: Warehouse, settings: Settings, as_of: date, now: datetime) -> Counter[Fate]:
    """Apply what the inbox holds and return how many events came to each fate."""
    inbox = Inbox(settings.home)
    counts: Counter[Fate] = Counter()
    if not inbox.exists:
        return counts
    told, after = Telling(as_of, now, AUTHOR), 0
    while events := inbox.unsettled(after, _AT_ONCE):
        after = events[-1].place
        fates = _apply(warehouse, events, told)
        reached(Point.EVENT_APPLIED)
        inbox.settle({key: fate for key, fate in fates.items() if fate is not Fate.WAITING}, now)
        counts.update(fates.values())
    inbox.forget(now - timedelta(days=_KEPT_DAYS))
    _raise_alert(warehouse, settings, inbox, told)
    return counts


def _apply(warehouse: Warehouse, events: Sequence[Received], told: Telling) -> dict[str, Fate]:
    fates = {event.key: Fate.FOREIGN for event in events}
    notices: dict[str, Notice] = {}
    for event in events:
        notice = _notice(event)
        if notice is not None:
            notices[event.key] = notice
    known = apply_once(warehouse, list(notices.values()), told)
    return fates | dict(zip(notices, known, strict=True))


def _notice(event: Received) -> Notice | None:
    try:
        body = json.loads(event.body)
    except ValueError:
        return None
    return notice_of(body, event.source, event.received_at) if isinstance(body, dict) else None


def _raise_alert(warehouse: Warehouse, settings: Settings, inbox: Inbox, told: Telling) -> None:
    """Write down once a day that more events than allowed name an action nobody knows."""
    since = told.happened_at - timedelta(days=1)
    unmatched = inbox.count_since(Fate.UNMATCHED, since)
    if unmatched <= settings.receiver.unmatched_alert:
        return
    with warehouse.transaction() as tx:
        _alert(tx, unmatched, told)


def _alert(tx: Transaction, unmatched: int, told: Telling) -> None:
    subject = f"inbox:{told.on_day.isoformat()}"
    if tx.fetch("select 1 from event where subject = $subject", subject=subject):
        return
    event = NewEvent(
        subject=subject,
        no=1,
        kind=ALERT_KIND,
        state="raised",
        reason=ALERT,
        on_day=told.on_day,
        happened_at=told.happened_at,
        author=told.author,
        detail={"events": unmatched},
    )
    record(tx, [event])
