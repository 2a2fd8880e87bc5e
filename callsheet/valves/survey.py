"""What is known before anything leaves: asked once for a dispatch, never for an action."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

from callsheet.dispatching.open_actions import open_actions
from callsheet.dispatching.routing import MAILS, provider_of
from callsheet.settings import Settings
from callsheet.snapshots.snapshot import latest
from callsheet.store.transaction import Transaction
from callsheet.valves import kill_switch
from callsheet.valves import sending_valves as valves
from callsheet.valves.sender import bound_home, figures_of, here
from callsheet.valves.sending_valves import Fates, Feed
from callsheet.valves.trip import Trip, Valve
from callsheet.vocabulary import ActionState, ActionType

_FATES = (Path(__file__).parents[1] / "sql" / "valves" / "last_fates.sql").read_text("utf-8")
# Of the ledger so many events are read for what became of the last messages: the few newest first,
# which mostly tell of enough of them.
_WINDOWS = (2_000, 50_000)
_CLOCK_EVENTS = 1_000
_FOR_NOW = "bounced_for_now"
_SPAM = "spam_report"


def survey(tx: Transaction, settings: Settings, as_of: date, now: datetime) -> list[Trip]:
    """Return what the valves of a dispatch say, those switched off left out."""
    limits = settings.valves
    fates = fates_of(tx, settings)
    doubts = [one.action_id for one in open_actions(tx, [ActionState.IN_DOUBT])]
    found: Iterable[Trip | None] = (
        _environment(tx, settings),
        valves.clock(now, _last_at(tx), limits),
        *(valves.stale_feed(feed, now) for feed in feeds(tx, settings, as_of)),
        valves.open_doubts(doubts, limits),
        valves.bounces(fates, limits),
        valves.complaints(fates, limits),
    )
    return [one for one in found if one is not None and one.valve not in limits.off]


def feeds(tx: Transaction, settings: Settings, as_of: date) -> list[Feed]:
    """Return the last good snapshot of every source."""
    refs = {one.source: one for one in latest(tx, [s.name for s in settings.sources], as_of)}
    found = []
    for source in settings.sources:
        ref = refs.get(source.name)
        found.append(
            Feed(source.name, ref.snapshot_id, ref.extracted_at, source.cadence_hours)
            if ref
            else Feed(source.name, "", None, source.cadence_hours)
        )
    return found


def fates_of(tx: Transaction, settings: Settings) -> Fates:
    """Return what became of the last mails."""
    last, most = _last_seq(tx), settings.valves.last_messages
    channels = [str(channel) for channel in MAILS]
    rows: list[tuple[str, str, str]] = []
    for window in _WINDOWS:
        if len(rows) < most:
            rows = tx.fetch(_FATES, since=last - window, channels=channels, most=most)
    known = {subject for subject, _, _ in rows}
    back = [
        subject
        for subject, state, reason in rows
        if state in {"delivery_failed", "rejected"} and reason != _FOR_NOW
    ]
    told = tx.fetch(
        "select body from event where kind = 'address' and reason = $reason"
        " and ledger_seq > $since",
        reason=_SPAM,
        since=last - _WINDOWS[-1],
    )
    complained = {json.loads(body)["detail"].get("action_id", "") for (body,) in told} & known
    return Fates(
        provider_of(ActionType.EMAIL, settings), len(rows), tuple(back), tuple(sorted(complained))
    )


def _environment(tx: Transaction, settings: Settings) -> Trip | None:
    bound, place = bound_home(tx), here(tx, settings)
    found = valves.environment(bound, place)
    if found is None or bound is None:
        return None
    figures = {"bound": figures_of(bound), "here": figures_of(place)}
    return Trip(found.valve, found.scope, found.found, found.case, figures)


def thrown_trip(settings: Settings) -> Trip | None:
    """Return what tells the ledger of a kill switch that was thrown; None when it was not."""
    if not kill_switch.is_thrown(settings.home):
        return None
    said = kill_switch.said_when_thrown(settings.home)
    found = f"thrown by {said.get('by', 'somebody')}: {said.get('why') or 'no reason given'}"
    return Trip(Valve.KILL_SWITCH, "", found, str(said.get("at", "")), {"by": said.get("by", "")})


def _last_at(tx: Transaction) -> datetime | None:
    rows = tx.fetch(
        "select max(happened_at) from event where ledger_seq > $since",
        since=_last_seq(tx) - _CLOCK_EVENTS,
    )
    last: datetime | None = rows[0][0]
    return last


def _last_seq(tx: Transaction) -> int:
    return int(tx.fetch("select coalesce(max(ledger_seq), 0) from event")[0][0])
