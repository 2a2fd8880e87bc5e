"""Erase a customer: an event first, then the key, then what lies in plain beside it.

The event comes first, so that a crash leaves an erasure that was ordered and can be ordered again,
never data that vanished without a word. The customer stays as a reference: number, amounts and
what was done, under a hold, and no later pull brings name or address back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from callsheet.desk.exclusions import (
    Opening,
    close_exclusion,
    open_exclusion,
    standing_exclusions,
)
from callsheet.dispatching.open_actions import OpenAction, Telling, open_actions
from callsheet.erasure import remnants
from callsheet.erasure.personal_data import Held, held_of
from callsheet.errors import UsageInvalid
from callsheet.history import NewEvent, record
from callsheet.sealing.key_ring import KeyRing
from callsheet.sealing.words import ERASED, ERASURE
from callsheet.settings import Settings
from callsheet.states import may_follow
from callsheet.store.transaction import Transaction
from callsheet.store.warehouse import Warehouse
from callsheet.vocabulary import ActionState, ExclusionKind

ADMITTED = "admitted"
_ON_ITS_WAY = frozenset({ActionState.SENDING})


@dataclass(frozen=True)
class Erased:
    """What an erasure destroyed, and the files that still hold one of the texts."""

    held: Held
    withdrawn: int
    files: int
    deliveries: int
    sentences: int
    still_found: tuple[Path, ...]

    def as_text(self) -> dict[str, object]:
        """Return it as plain data."""
        return {
            **self.held.as_text(), "withdrawn": self.withdrawn, "files_removed": self.files,
            "deliveries_destroyed": self.deliveries, "sentences_cleaned": self.sentences,
            "still_found": [str(path) for path in self.still_found],
        }  # fmt: skip


def what_is_held(warehouse: Warehouse, settings: Settings, customer: str) -> Held:
    """Return what an erasure of `customer` would destroy; UsageInvalid when nobody is called so."""
    with warehouse.reading() as tx:
        held = held_of(tx, settings, customer)
    if not held.is_known:
        raise UsageInvalid(f"{customer}: no customer has this id, and nothing is held of any")
    return held


def erase(
    warehouse: Warehouse, settings: Settings, customer: str, why: str, told: Telling
) -> Erased:
    """Destroy the key of `customer` and every plain remnant of them; say what was destroyed.

    UsageInvalid when a message to them is just leaving, or when `why` names them. Erased twice,
    the second time cleans up what the first one left.
    """
    held = what_is_held(warehouse, settings, customer)
    _check(held, why)
    ring = KeyRing.of(settings.home)
    with warehouse.transaction() as tx:
        deliveries = remnants.destroy_deliveries(tx, ring, held)
        sentences = remnants.clean_sentences(tx, held) + remnants.forget_words(tx, held)
        withdrawn = _withdraw(tx, held, told)
        _leave_in_peace(tx, customer, told)
        _record(tx, customer, ERASED, why, told)
    ring.destroy(customer)
    remnants.clean_inbox(settings.home, held)
    remnants.remove_staging(settings.home)
    files = remnants.remove_files(settings.home, held.files)
    found = remnants.still_found(settings.home, held)
    return Erased(held, withdrawn, files, deliveries, sentences, tuple(found))


def admit_again(
    warehouse: Warehouse, settings: Settings, customer: str, why: str, told: Telling
) -> None:
    """Let the next pull know `customer` again, with a new key; what was erased stays erased."""
    ring = KeyRing.of(settings.home)
    if not ring.is_destroyed(customer):
        raise UsageInvalid(f"{customer} was not erased: there is nobody to admit again")
    with warehouse.transaction() as tx:
        for standing in standing_exclusions(tx, told.on_day):
            if standing.customer == customer and standing.reason == ERASED:
                close_exclusion(tx, standing, told, outcome="lifted")
        _record(tx, customer, ADMITTED, why, told)
    ring.admit_again(customer)


def _check(held: Held, why: str) -> None:
    if not why.strip():
        raise UsageInvalid("an erasure needs its reason: write --why")
    if any(text.casefold() in why.casefold() for text in held.texts):
        raise UsageInvalid(
            "the reason names the customer, and it is kept\n"
            "  do           write it without name, address or number: `asked for by letter`"
        )


def _withdraw(tx: Transaction, held: Held, told: Telling) -> int:
    """Withdraw what has not left yet; refuse while something is just leaving."""
    waiting = open_actions(tx, ActionState, ids=held.action_ids)
    leaving = [action for action in waiting if action.state in _ON_ITS_WAY]
    if leaving:
        raise UsageInvalid(
            f"{held.customer}: {len(leaving)} of its messages are just leaving\n"
            "  do           let the dispatch end (`callsheet dispatch`), then erase"
        )
    events = [
        action.event(ActionState.CANCELLED, told, reason=ERASED)
        for action in _withdrawable(waiting)
    ]
    record(tx, events)
    return len(events)


def _withdrawable(actions: Sequence[OpenAction]) -> list[OpenAction]:
    return [one for one in actions if may_follow(one.state, ActionState.CANCELLED)]


def _leave_in_peace(tx: Transaction, customer: str, told: Telling) -> None:
    """Hold the customer for good: nobody knows any more whom to write to."""
    standing = standing_exclusions(tx, told.on_day)
    if any(one.customer == customer and one.reason == ERASED for one in standing):
        return
    opening = Opening(
        kind=ExclusionKind.HOLD,
        what="hold",
        customer=customer,
        entity="",
        from_day=told.on_day,
        reason=ERASED,
    )
    open_exclusion(tx, opening, told)


def _record(tx: Transaction, customer: str, state: str, why: str, told: Telling) -> None:
    subject = f"erasure:{customer}"
    [(last,)] = tx.fetch("select coalesce(max(no), 0) from event where subject = $s", s=subject)
    event = NewEvent(
        subject=subject,
        no=last + 1,
        kind=ERASURE,
        on_day=told.on_day,
        happened_at=told.happened_at,
        author=told.author,
        state=state,
        customer=customer,
        detail={"why": why},
    )
    record(tx, [event])
