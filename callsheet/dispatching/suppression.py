"""Addresses that are known to be dead: nothing is sent to them again.

What happens to an address is in the history under a subject of its own, named by its keyed hash:
`suppressed` when its mail came back for good or was called spam, `restored` when a person says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass

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
_TOLD = """
    select distinct on (subject) subject, no, state
    from event
    where subject >= 'address:' and subject < 'address;'
    order by subject asc, no desc
"""


@dataclass(frozen=True)
class Dead:
    """An address whose mail came back for good: that of `action`, and why."""

    action: OpenAction
    reason: str


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
