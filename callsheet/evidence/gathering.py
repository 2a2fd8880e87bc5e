"""Gathering proof: the inbox of events, the notices in the mailbox, SendGrid's log. Nothing sent.

Each source is read, applied to the ledger, and only then told so: whatever dies in between is
applied again, which changes nothing. What is not found proves nothing, so no doubt is re-opened.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any

from callsheet.crash_points import Point, reached
from callsheet.dispatching.open_actions import Telling
from callsheet.evidence.applying import Fate, apply_once
from callsheet.evidence.delivery_notices import notices_of
from callsheet.evidence.doubts import Doubt, address_of, doubts
from callsheet.evidence.draining import AUTHOR, drain
from callsheet.evidence.notice import Notice
from callsheet.evidence.notice_folder import NoticeFile, NoticeFolder
from callsheet.evidence.sendgrid_logs import MOST_DOUBTS, Asked, LogsUnavailable, SendgridLogs
from callsheet.receiver.inbox import InboxFailed
from callsheet.settings import Settings
from callsheet.store.warehouse import Warehouse

_FILES_AT_ONCE = 50  # are read while an embedded warehouse stays open


@dataclass
class Gathered:
    """What was learned: notices by source and fate, doubts before and after, what did not work."""

    doubts_before: int = 0
    doubts_left: int = 0
    notices: dict[str, Counter[Fate]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def as_text(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "doubts_before": self.doubts_before,
            "doubts_left": self.doubts_left,
            "notices": {source: _plain(counts) for source, counts in self.notices.items()},
            "problems": self.problems,
        }

    @property
    def sentence(self) -> str:
        """Return it in a sentence."""
        told = [
            f"{source.replace('_', ' ')}: {_listed(counts)}"
            for source, counts in self.notices.items()
            if counts
        ]
        closed = self.doubts_before - self.doubts_left
        doubts_closed = f"{closed} {'doubt' if closed == 1 else 'doubts'} closed by evidence"
        said = [f"{doubts_closed}, {self.doubts_left} left", *told]
        return "; ".join(said + self.problems)


def gather(warehouse: Warehouse, settings: Settings, as_of: date, now: datetime) -> Gathered:
    """Read every source there is and record what it proves, upwards only."""
    found = Gathered(doubts_before=_count_doubts(warehouse))
    try:
        found.notices["events"] = drain(warehouse, settings, as_of, now)
    except InboxFailed as problem:
        found.problems.append(f"{problem}\n  do           mend or move the file; events come again")
    told = Telling(as_of, now, AUTHOR)
    found.notices["delivery_notices"] = _read_mailbox(warehouse, settings, told, found.problems)
    found.notices["sendgrid_logs"] = _ask_the_log(warehouse, settings, told, found.problems)
    found.doubts_left = _count_doubts(warehouse)
    return found


def _count_doubts(warehouse: Warehouse) -> int:
    with warehouse.reading() as tx:
        return len(doubts(tx))


def _read_mailbox(
    warehouse: Warehouse, settings: Settings, told: Telling, problems: list[str]
) -> Counter[Fate]:
    counts: Counter[Fate] = Counter()
    if settings.delivery_notices is None:
        return counts
    folder = NoticeFolder(settings.delivery_notices)
    try:
        files = folder.files()
        while some := list(islice(files, _FILES_AT_ONCE)):
            with warehouse.held(for_small_work=True):
                for file in some:
                    counts.update(_heed(warehouse, settings, folder, file, told))
    except OSError as problem:
        problems.append(f"{settings.delivery_notices}: {problem.strerror}")
    return counts


def _heed(
    warehouse: Warehouse, settings: Settings, folder: NoticeFolder, file: NoticeFile, told: Telling
) -> list[Fate]:
    """Apply what a file tells, then put it away; what waits is read again the next time."""
    notices = notices_of(file.content, settings.message_domain, told.happened_at)
    fates = apply_once(warehouse, notices, told) if notices else [Fate.FOREIGN]
    reached(Point.IN_RECONCILIATION)
    if Fate.WAITING not in fates:
        folder.put_away(file)
    return fates


def _ask_the_log(
    warehouse: Warehouse, settings: Settings, told: Telling, problems: list[str]
) -> Counter[Fate]:
    """Ask SendGrid about the oldest doubts that went its way."""
    counts: Counter[Fate] = Counter()
    account = settings.channels.sendgrid
    if not account.api_key.get_secret_value() or settings.environment == "sample":
        return counts
    with warehouse.reading() as tx:
        open_ones = [doubt for doubt in doubts(tx) if doubt.provider == "sendgrid"]
    logs = SendgridLogs(account)
    for doubt in open_ones[:MOST_DOUBTS]:
        try:
            notices = _logged(logs, settings, doubt, told.happened_at)
        except LogsUnavailable as problem:
            problems.append(f"SendGrid's log did not answer ({problem}); ask again later")
            return counts
        counts.update(apply_once(warehouse, notices, told))
        reached(Point.IN_RECONCILIATION)
    return counts


def _logged(logs: SendgridLogs, settings: Settings, doubt: Doubt, moment: datetime) -> list[Notice]:
    asked = Asked(doubt.action.action_id, address_of(settings, doubt), doubt.sent_at)
    return logs.notices(asked, moment)


def _plain(counts: Mapping[Fate, int]) -> dict[str, int]:
    return {str(fate): number for fate, number in sorted(counts.items())}


def _listed(counts: Mapping[Fate, int]) -> str:
    return ", ".join(f"{n} {fate.replace('_', ' ')}" for fate, n in sorted(counts.items()))
