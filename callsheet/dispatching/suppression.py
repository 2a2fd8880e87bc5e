"""Addresses that are known to be dead: nothing is sent to them again.

What happens to an address is in the history under a subject of its own, named by its keyed hash:
`suppressed` when its mail came back for good or was called spam, `restored` when a person says so.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from callsheet.dispatching.open_actions import OpenAction, Telling
from callsheet.history import NewEvent
from callsheet.store.transaction import Transaction

KIND = "address"
SUPPRESSED, RESTORED = "suppressed", "restored"
PREFIX = "address:"
_FAILED = """
    select distinct action.recipient_hash
    from step_state
    inner join action on step_state.action_id = action.action_id
    where
        step_state.permanent
        and step_state.state in ('rejected', 'delivery_failed')
        and action.recipient_hash <> ''
"""
_FAILED_WHOLE = """
    select distinct on (action.recipient_hash)
        action.recipient_hash, event.reason, event.on_day, event.customer, event.entity,
        action.action_id
    from step_state
    inner join action on step_state.action_id = action.action_id
    inner join event on step_state.last_seq = event.ledger_seq
    where action.recipient_hash in (select unnest(cast($hashes as varchar[])))
    order by action.recipient_hash asc, event.ledger_seq desc
"""
_TOLD = """
    select distinct on (subject) subject, no, state
    from event
    where kind = 'address' and subject >= 'address:' and subject < 'address;'
    order by subject asc, no desc
"""
_TOLD_WHOLE = _TOLD.replace("no, state", "no, state, reason, on_day, customer, entity, body")


@dataclass(frozen=True)
class Dead:
    """An address whose mail came back for good: that of `action`, and why."""

    action: OpenAction
    reason: str


@dataclass(frozen=True)
class Suppressed:
    """An address that nothing is sent to, by its keyed hash: since when, why, and of whom.

    `no` is the number of its last event, 0 when only its action tells of it.
    """

    address_hash: str
    no: int
    reason: str
    since: date
    customer: str
    entity: str
    action_id: str


def suppressed(tx: Transaction) -> list[Suppressed]:
    """Return the addresses that nothing is sent to any more, the latest first."""
    told = {one[0].removeprefix(PREFIX): one[1:] for one in tx.fetch(_TOLD_WHOLE)}
    found = [
        Suppressed(hash_, int(no), reason, since, customer, entity, _action_of(body))
        for hash_, (no, state, reason, since, customer, entity, body) in told.items()
        if state == SUPPRESSED
    ]
    untold = [hash_ for (hash_,) in tx.fetch(_FAILED) if hash_ not in told]
    for hash_, reason, since, customer, entity, action_id in tx.fetch(_FAILED_WHOLE, hashes=untold):
        found.append(Suppressed(hash_, 0, reason, since, customer, entity, action_id))
    return sorted(found, key=lambda one: (one.since, one.address_hash), reverse=True)


def lifting(one: Suppressed, told: Telling, why: str) -> NewEvent:
    """Return the event that lets an address be written to again, until its mail comes back anew."""
    return NewEvent(
        subject=PREFIX + one.address_hash,
        no=one.no + 1,
        kind=KIND,
        state=RESTORED,
        on_day=told.on_day,
        happened_at=told.happened_at,
        author=told.author,
        customer=one.customer,
        entity=one.entity,
        detail={"why": why, "action_id": one.action_id},
    )


def suppressed_addresses(tx: Transaction) -> frozenset[str]:
    """Return the hashes of addresses that nothing is sent to any more."""
    told = {subject.removeprefix(PREFIX): state for subject, _, state in tx.fetch(_TOLD)}
    failed = {row[0] for row in tx.fetch(_FAILED)}
    dead = {address for address, state in told.items() if state == SUPPRESSED}
    return frozenset(dead | (failed - told.keys()))


def suppressing(tx: Transaction, dead: Sequence[Dead], told: Telling) -> list[NewEvent]:
    """Return the events that suppress the addresses of `dead`; those that are already say nothing.

    An event names the customer and the action, so that a person can mend the contact.
    """
    if not dead:
        return []
    known = {subject: (int(no), state) for subject, no, state in tx.fetch(_TOLD)}
    events = {}
    for one in dead:
        subject = PREFIX + one.action.recipient_hash
        no, state = known.get(subject, (0, ""))
        if state != SUPPRESSED and subject not in events:
            events[subject] = NewEvent(
                subject=subject,
                no=no + 1,
                kind=KIND,
                state=SUPPRESSED,
                reason=one.reason,
                on_day=told.on_day,
                happened_at=told.happened_at,
                author=told.author,
                unit=one.action.unit,
                customer=one.action.customer,
                entity=one.action.entity,
                detail={"action_id": one.action.action_id},
            )
    return list(events.values())


def _action_of(body: str) -> str:
    return str(json.loads(body)["detail"].get("action_id", ""))
