"""Confirmation: a person says yes to a frozen list, and exactly what was on it may leave.

The list holds every open message to confirm of an entity, older ones included, each with the hash
of its content. It is kept in our own tables with its digest: who confirmed which list, and when.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from callsheet.dispatching.open_actions import OpenAction, Telling, open_actions
from callsheet.errors import UsageInvalid
from callsheet.history import NewEvent, record
from callsheet.keys import canonical_text, digest
from callsheet.store.tables import ConfirmationList
from callsheet.store.transaction import Transaction
from callsheet.vocabulary import ActionState, Mode

KIND = "confirmation"
FORMAT_VERSION = 1


@dataclass(frozen=True)
class FrozenList:
    """A list to confirm; `digest` is of its lines. Sums are by currency, never added."""

    digest: str
    entity: str
    on_day: date
    actions: tuple[OpenAction, ...]
    sums: tuple[tuple[str, Decimal], ...]

    @property
    def count(self) -> int:
        """How many messages it holds."""
        return len(self.actions)


@dataclass(frozen=True)
class Confirmed:
    """What came of a confirmation. `dropped` were withdrawn or rewritten since the list froze."""

    digest: str
    confirmed: tuple[str, ...]
    left: tuple[str, ...]
    dropped: tuple[str, ...]


def lists_to_confirm(tx: Transaction, as_of: date, entity: str | None = None) -> list[FrozenList]:
    """Return what waits for a yes on `as_of`, one list for each entity that has some."""
    by_entity: defaultdict[str, list[OpenAction]] = defaultdict(list)
    for action in open_actions(tx, [ActionState.PLANNED], entity):
        if action.mode is Mode.TO_CONFIRM:
            by_entity[action.entity].append(action)
    return [_frozen(name, as_of, actions) for name, actions in sorted(by_entity.items())]


def keep_list(tx: Transaction, frozen: FrozenList) -> None:
    """Store a list under its digest before anybody is asked; the same list is stored once."""
    if tx.fetch("select 1 from confirmation_list where digest = $d", d=frozen.digest):
        return
    sums = [{"currency": currency, "amount": str(total)} for currency, total in frozen.sums]
    tx.add(
        ConfirmationList(
            digest=frozen.digest,
            entity=frozen.entity,
            on_day=frozen.on_day,
            count=frozen.count,
            sums=canonical_text(sums),
            lines=canonical_text(_lines(frozen.actions)),
        )
    )


def confirm_list(
    tx: Transaction,
    list_digest: str,
    told: Telling,
    *,
    leave_out: Sequence[str] = (),
    note: str = "",
) -> Confirmed:
    """Confirm the lines of a kept list but those in `leave_out` (ids, or their beginnings).

    A line whose action is no longer planned with that very content is dropped, not confirmed.
    """
    lines = _kept_lines(tx, list_digest)
    left = _meant(leave_out, list(lines))
    still = {
        action.action_id: action
        for action in open_actions(tx, [ActionState.PLANNED], ids=list(lines))
        if action.content_hash == lines[action.action_id]
    }
    yes = [still[key] for key in lines if key in still and key not in left]
    detail = {"list": list_digest, "content": ""}
    events = [
        action.event(ActionState.CONFIRMED, told, detail=detail | {"content": action.content_hash})
        for action in yes
    ]
    dropped = tuple(key for key in lines if key not in still)
    outcome = Confirmed(
        list_digest, tuple(action.action_id for action in yes), tuple(sorted(left)), dropped
    )
    record(tx, [*events, _confirmation(tx, outcome, told, note)])
    return outcome


def confirm(
    tx: Transaction,
    entity: str,
    ids: Collection[str] | None,
    told: Telling,
    *,
    note: str = "",
) -> Confirmed | None:
    """Freeze the entity's list and confirm `ids` of it (None: all); None when nothing waits."""
    lists = [one for one in lists_to_confirm(tx, told.on_day, entity) if one.entity == entity]
    if not lists:
        return None
    [frozen] = lists
    keep_list(tx, frozen)
    others = [a.action_id for a in frozen.actions if ids is not None and a.action_id not in ids]
    return confirm_list(tx, frozen.digest, told, leave_out=others, note=note)


def _frozen(entity: str, as_of: date, actions: Sequence[OpenAction]) -> FrozenList:
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for action in actions:
        for claim in json.loads(action.claim):
            sums[claim["currency"]] += Decimal(claim["amount"])
    fact = {
        "v": FORMAT_VERSION,
        "entity": entity,
        "on_day": as_of.isoformat(),
        "lines": _lines(actions),
    }
    return FrozenList(
        digest(canonical_text(fact)), entity, as_of, tuple(actions), tuple(sorted(sums.items()))
    )


def _lines(actions: Sequence[OpenAction]) -> list[list[str]]:
    return sorted([action.action_id, action.content_hash] for action in actions)


def _kept_lines(tx: Transaction, list_digest: str) -> dict[str, str]:
    rows = tx.fetch("select lines from confirmation_list where digest = $d", d=list_digest)
    if not rows:
        raise UsageInvalid(f"list {list_digest[:12]}: no such list was frozen")
    return dict(json.loads(rows[0][0]))


def _meant(beginnings: Sequence[str], ids: Sequence[str]) -> set[str]:
    """Return the ids of the list that `beginnings` name; every one must name exactly one."""
    meant = set()
    for beginning in beginnings:
        found = [key for key in ids if key.startswith(beginning)]
        if len(found) != 1:
            what = "several lines begin so" if found else "no line of the list begins so"
            raise UsageInvalid(f"{beginning}: {what}\n  do           nothing was confirmed")
        meant.add(found[0])
    return meant


def _confirmation(tx: Transaction, outcome: Confirmed, told: Telling, note: str) -> NewEvent:
    subject = f"confirmation:{outcome.digest}"
    rows = tx.fetch("select coalesce(max(no), 0) from event where subject = $s", s=subject)
    entity = tx.fetch("select entity from confirmation_list where digest = $d", d=outcome.digest)[
        0
    ][0]
    return NewEvent(
        subject=subject,
        no=int(rows[0][0]) + 1,
        kind=KIND,
        on_day=told.on_day,
        happened_at=told.happened_at,
        author=told.author,
        entity=entity,
        detail={
            "confirmed": len(outcome.confirmed),
            "left": list(outcome.left),
            "dropped": list(outcome.dropped),
            "note": note,
        },
    )
