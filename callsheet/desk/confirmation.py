"""Confirmation: a person says yes to a frozen list, and exactly what was on it may leave.

The list holds every open message to confirm of an entity, older ones included, each with the hash
of its content. It is kept in our own tables with its digest: who confirmed which list, and when.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from callsheet.dispatching.open_actions import CONTENT, OpenAction, Telling, open_actions
from callsheet.errors import UsageInvalid
from callsheet.history import NewEvent, record
from callsheet.keys import canonical_text, digest
from callsheet.store.tables import ConfirmationList
from callsheet.store.transaction import Transaction
from callsheet.vocabulary import ActionState, Mode

KIND = "confirmation"
ANSWERED = "answered"
AUTHOR = "confirmation"  # who drops a line: the look at the world, not the person
FORMAT_VERSION = 1
_SHORTEST_PREFIX = 6
_NOTHING: Mapping[str, str] = MappingProxyType({})
Sums = tuple[tuple[str, Decimal], ...]  # by currency, never added


@dataclass(frozen=True)
class FrozenList:
    """A list to confirm: `digest` is of its lines, an action's id and content hash each."""

    digest: str
    entity: str
    on_day: date
    lines: Mapping[str, str]
    sums: Sums

    @property
    def count(self) -> int:
        """How many messages it holds."""
        return len(self.lines)


@dataclass(frozen=True)
class Confirmed:
    """What came of a list: confirmed, left for later, or dropped and why (a code each)."""

    digest: str
    entity: str
    confirmed: tuple[str, ...]
    sums: Sums
    left: tuple[str, ...]
    dropped: Mapping[str, str]


def lists_to_confirm(tx: Transaction, as_of: date, entity: str | None = None) -> list[FrozenList]:
    """Return what waits for a yes on `as_of`, one list for each entity that has some.

    An automatic message that a person has written anew is on it as well.
    """
    by_entity: defaultdict[str, list[OpenAction]] = defaultdict(list)
    for action in open_actions(tx, [ActionState.PLANNED], entity):
        if action.mode is not Mode.MANUAL:
            by_entity[action.entity].append(action)
    return [_frozen(name, as_of, actions) for name, actions in sorted(by_entity.items())]


def keep_list(tx: Transaction, frozen: FrozenList) -> None:
    """Store a list under its digest before anybody is asked; the same list is stored once."""
    if tx.fetch("select 1 from confirmation_list where digest = $d", d=frozen.digest):
        return
    tx.add(
        ConfirmationList(
            digest=frozen.digest,
            entity=frozen.entity,
            on_day=frozen.on_day,
            count=frozen.count,
            sums=canonical_text(_plain(frozen.sums)),
            lines=canonical_text(sorted(map(list, frozen.lines.items()))),
        )
    )


def kept_list(tx: Transaction, beginning: str) -> FrozenList:
    """Return the list whose digest begins so; UsageInvalid when none or several were kept."""
    rows = tx.fetch(
        "select digest, entity, on_day, sums, lines from confirmation_list"
        " where starts_with(digest, $d) order by digest limit 2",
        d=beginning,
    )
    if len(rows) != 1 or len(beginning) < _SHORTEST_PREFIX:
        what = "several lists begin so" if len(rows) > 1 else "no such list was frozen"
        raise UsageInvalid(f"list {beginning[:12]}: {what}")
    [(key, entity, on_day, sums, lines)] = rows
    read = tuple((one["currency"], Decimal(one["amount"])) for one in json.loads(sums))
    return FrozenList(key, entity, on_day, dict(json.loads(lines)), read)


def actions_on(tx: Transaction, frozen: FrozenList) -> list[OpenAction]:
    """Return the actions of a list as they stand now, in whatever state."""
    return open_actions(tx, ActionState, ids=list(frozen.lines))


def confirm_list(
    tx: Transaction,
    list_digest: str,
    told: Telling,
    *,
    leave_out: Collection[str] = (),
    note: str = "",
    changed: Mapping[str, str] = _NOTHING,
    asker: str = "",
) -> Confirmed:
    """Confirm the lines of a kept list but those in `leave_out` (ids, or their beginnings).

    A line whose action moved on, says something else by now or stands in `changed` (with the
    reason) is dropped, not confirmed. What changed is cancelled, to be planned anew.
    """
    kept = kept_list(tx, list_digest)
    left = meant(leave_out, kept.lines)
    asked = [action for action in actions_on(tx, kept) if action.action_id not in left]
    fates = {a.action_id: _reason(a, kept.lines) or changed.get(a.action_id, "") for a in asked}
    yes = [action for action in asked if not fates[action.action_id]]
    stale = [a for a in asked if not _reason(a, kept.lines) and a.action_id in changed]
    outcome = Confirmed(
        digest=kept.digest,
        entity=kept.entity,
        confirmed=tuple(action.action_id for action in yes),
        sums=sums_of(yes),
        left=tuple(sorted(left)),
        dropped={key: reason for key, reason in sorted(fates.items()) if reason},
    )
    drop = Telling(told.on_day, told.happened_at, AUTHOR)
    record(
        tx,
        [
            *(_yes(action, kept, told) for action in yes),
            *(a.event(ActionState.CANCELLED, drop, reason=changed[a.action_id]) for a in stale),
            _answer(next_event(tx, kept, told), outcome, note, asker),
        ],
    )
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
    others = [key for key in frozen.lines if ids is not None and key not in ids]
    return confirm_list(tx, frozen.digest, told, leave_out=others, note=note)


def meant(beginnings: Iterable[str], ids: Iterable[str]) -> set[str]:
    """Return the ids that `beginnings` name; each must name exactly one, else UsageInvalid."""
    known = frozenset(ids)
    found, wrong = set[str](), []
    for beginning in beginnings:
        fits = {beginning} & known or {key for key in known if key.startswith(beginning)}
        if len(beginning) < _SHORTEST_PREFIX:
            wrong.append(f"{beginning}: write at least {_SHORTEST_PREFIX} characters of the id")
        elif len(fits) != 1:
            wrong.append(f"{beginning}: {'several lines begin' if fits else 'no line begins'} so")
        found |= fits
    if wrong:
        raise UsageInvalid("\n".join(wrong))
    return found


def sums_of(actions: Iterable[OpenAction]) -> Sums:
    """Return what `actions` claim, by currency."""
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for action in actions:
        for claim in json.loads(action.claim):
            sums[claim["currency"]] += Decimal(claim["amount"])
    return tuple(sorted(sums.items()))


def next_event(tx: Transaction, frozen: FrozenList, told: Telling) -> NewEvent:
    """Return the next event of a list, still without its state and details."""
    subject = f"{KIND}:{frozen.digest}"
    rows = tx.fetch("select coalesce(max(no), 0) from event where subject = $s", s=subject)
    return NewEvent(
        subject=subject,
        no=int(rows[0][0]) + 1,
        kind=KIND,
        on_day=told.on_day,
        happened_at=told.happened_at,
        author=told.author,
        entity=frozen.entity,
        detail={"count": frozen.count, "sums": _plain(frozen.sums)},
    )


def _frozen(entity: str, as_of: date, actions: Sequence[OpenAction]) -> FrozenList:
    lines = {action.action_id: action.content_hash for action in actions}
    fact = {
        "v": FORMAT_VERSION,
        "entity": entity,
        "on_day": as_of.isoformat(),
        "lines": sorted(map(list, lines.items())),
    }
    return FrozenList(digest(canonical_text(fact)), entity, as_of, lines, sums_of(actions))


def _reason(action: OpenAction, lines: Mapping[str, str]) -> str:
    """Return why a line of the list is none any more; '' while it is planned as it was listed."""
    if action.state is ActionState.PLANNED and action.content_hash == lines[action.action_id]:
        return ""
    return action.reason or str(action.state)


def _yes(action: OpenAction, kept: FrozenList, told: Telling) -> NewEvent:
    detail = {"list": kept.digest, CONTENT: action.content_hash}
    return action.event(ActionState.CONFIRMED, told, detail=detail)


def _answer(event: NewEvent, outcome: Confirmed, note: str, asker: str) -> NewEvent:
    said = {
        "confirmed": len(outcome.confirmed),
        "confirmed_sums": _plain(outcome.sums),
        "left": list(outcome.left),
        "dropped": dict(outcome.dropped),
        "note": note,
        "asker": asker,
    }
    return replace(event, state=ANSWERED, detail={**event.detail, **said})


def _plain(sums: Sums) -> list[dict[str, str]]:
    return [{"currency": currency, "amount": str(total)} for currency, total in sums]
