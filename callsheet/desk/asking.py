"""Asking: which list was put before a person, by whom, until when, and what became of it.

The answer may come hours later, in another process: what was asked is written down before, and
what is confirmed is what was asked. Who asks (a run of the flow `confirm`) is a plain text here.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from callsheet.desk.confirmation import (
    ANSWERED,
    KIND,
    FrozenList,
    keep_list,
    kept_list,
    lists_to_confirm,
    next_event,
)
from callsheet.dispatching.open_actions import Telling
from callsheet.history import record
from callsheet.store.transaction import Transaction

ASKED = "asked"
EXPIRED = "expired"
CONFIRMATION_EXPIRED = "confirmation_expired"
AUTHOR = "confirm"
_LOOK_BACK_DAYS = 30  # no question stays open for longer


@dataclass(frozen=True)
class Question:
    """The lists one asker put before a person; `closed` is '', answered or expired."""

    asker: str
    lists: tuple[FrozenList, ...]
    until: datetime
    closed: str = ""

    @property
    def ids(self) -> frozenset[str]:
        """Return every line of every list."""
        return frozenset(key for one in self.lists for key in one.lines)


def ask(
    tx: Transaction, asker: str, entity: str | None, told: Telling, until: datetime
) -> Question | None:
    """Freeze what waits for a yes and write down that it is asked; None when nothing waits."""
    lists = lists_to_confirm(tx, told.on_day, entity)
    if not lists:
        return None
    for frozen in lists:
        keep_list(tx, frozen)
    _tell(tx, lists, ASKED, told, {"asker": asker, "until": until.isoformat()})
    return Question(asker, tuple(lists), until)


def question_of(tx: Transaction, asker: str, as_of: date) -> Question | None:
    """Return what `asker` asked before; None when it has not asked yet."""
    return next((one for one in _questions(tx, as_of) if one.asker == asker), None)


def expire(tx: Transaction, told: Telling, now: datetime) -> list[Question]:
    """Record each question whose time ran out unanswered; everything on its lists stays pending."""
    over = [
        replace(one, closed=EXPIRED)
        for one in _questions(tx, told.on_day)
        if not one.closed and one.until <= now
    ]
    for question in over:
        detail = {"asker": question.asker, "until": question.until.isoformat()}
        _tell(tx, question.lists, EXPIRED, told, detail)
    return over


def _tell(
    tx: Transaction,
    lists: Sequence[FrozenList],
    state: str,
    told: Telling,
    detail: Mapping[str, str],
) -> None:
    events = [next_event(tx, frozen, told) for frozen in lists]
    reason = CONFIRMATION_EXPIRED if state == EXPIRED else ""
    record(
        tx,
        [
            replace(one, state=state, reason=reason, detail={**one.detail, **detail})
            for one in events
        ],
    )


def _questions(tx: Transaction, as_of: date) -> list[Question]:
    """Return the questions of the last days; the lists are few, their events found by key."""
    rows = tx.fetch(
        "select digest from confirmation_list where on_day > $since order by on_day, digest",
        since=as_of - timedelta(days=_LOOK_BACK_DAYS),
    )
    events = tx.fetch(
        "select subject, state, body from event"
        " where subject in (select unnest(cast($subjects as varchar[]))) order by subject, no",
        subjects=[f"{KIND}:{digest}" for (digest,) in rows],
    )
    found: dict[str, dict[str, Any]] = defaultdict(lambda: {"digests": [], "closed": ""})
    for subject, state, body in events:
        _follow(found, subject.partition(":")[2], state, json.loads(body)["detail"])
    return [
        Question(
            asker,
            tuple(kept_list(tx, digest) for digest in one["digests"]),
            datetime.fromisoformat(one["until"]),
            one["closed"],
        )
        for asker, one in found.items()
    ]


def _follow(
    found: dict[str, dict[str, Any]], digest: str, state: str, detail: Mapping[str, Any]
) -> None:
    """Follow one event of a list: it asks, it answers its asker, or it ends the waiting."""
    asker = str(detail.get("asker", ""))
    if state == ASKED:
        found[asker]["digests"].append(digest)
        found[asker]["until"] = detail["until"]
    elif asker in found and state in {ANSWERED, EXPIRED}:
        found[asker]["closed"] = state
