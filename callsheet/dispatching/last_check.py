"""The last check of a batch, in one transaction: who may go, and why the others may not."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import pyarrow as pa
from sqlmodel import SQLModel

from callsheet.dispatching.blocks import ANOTHER_MAIL, DOUBT, doubtful_units
from callsheet.dispatching.due import (
    customers_on_holiday,
    is_on_holiday,
    may_leave,
    open_entities,
)
from callsheet.dispatching.live_look import ERP_SILENT, NO_LOOK, LiveLook
from callsheet.dispatching.open_actions import OpenAction, Telling
from callsheet.dispatching.posting import printed_letters
from callsheet.dispatching.recheck import recheck
from callsheet.dispatching.routing import MAILS
from callsheet.dispatching.sending import AUTHOR, MAX_ATTEMPTS
from callsheet.history import NewEvent, record
from callsheet.settings import Settings
from callsheet.snapshots.freshest import receivables
from callsheet.states import may_follow
from callsheet.store.arrow_types import arrow_schema
from callsheet.store.transaction import Transaction
from callsheet.vocabulary import ActionState


@dataclass
class Checked:
    """A batch after its last check."""

    ready: list[OpenAction] = field(default_factory=list)
    waiting: int = 0
    stopped: Counter[str] = field(default_factory=Counter)


def check_batch(
    tx: Transaction,
    settings: Settings,
    actions: Sequence[OpenAction],
    as_of: date,
    moment: datetime,
    *,
    live: LiveLook = NO_LOOK,
) -> Checked:
    """Look at the world again; record what is cancelled, given up or held back by it."""
    if not actions:
        return Checked()
    con = receivables(tx, settings, as_of)
    open_now, holidays = open_entities(con, moment), customers_on_holiday(con, settings, as_of)
    printed = printed_letters(tx, actions)
    able = [
        a for a in actions
        if a.action_id not in printed
        and may_leave(a, open_now, as_of, moment)
        and not is_on_holiday(a, holidays)
    ]  # fmt: skip
    checked = Checked(waiting=len(actions) - len(able))
    reasons = recheck(tx, settings, able, as_of, live)
    free = [a for a in able if a.action_id not in reasons]
    held = _unheard(free, live) | _in_doubt(tx, free)
    held |= _take_addresses(tx, [a for a in free if a.action_id not in held], as_of)
    told = Telling(as_of, moment, AUTHOR)
    events: list[NewEvent] = []
    for action in able:
        state, reason = _fate(action, reasons.get(action.action_id, ""), held)
        if state is None:
            checked.ready.append(action)
            continue
        checked.stopped[reason] += 1
        if may_follow(action.state, state):  # a second mail put off by the provider just waits
            later = {"retry_at": live.retry_at(moment)} if reason == ERP_SILENT else {}
            events.append(action.event(state, told, reason=reason, detail=later))
    record(tx, events)
    return checked


def _fate(
    action: OpenAction, reason: str, held: Mapping[str, str]
) -> tuple[ActionState | None, str]:
    """Return the state an action comes to instead of leaving, and why; None: it may leave."""
    if reason:
        return ActionState.CANCELLED, reason
    if action.attempt >= MAX_ATTEMPTS and action.state is not ActionState.RESEND_ORDERED:
        return ActionState.REJECTED, "attempts_exhausted"
    if action.action_id in held:
        return ActionState.BLOCKED, held[action.action_id]
    return None, ""


def _unheard(actions: Iterable[OpenAction], live: LiveLook) -> dict[str, str]:
    """Return which actions wait because the ERP did not say how their account stands now."""
    return {a.action_id: ERP_SILENT for a in actions if (a.customer, a.entity) in live.silent}


def _in_doubt(tx: Transaction, actions: Iterable[OpenAction]) -> dict[str, str]:
    """Return which actions wait because an earlier message to their account is in doubt."""
    units = doubtful_units(tx)
    return {a.action_id: DOUBT for a in actions if a.unit in units and not a.internal}


def _take_addresses(tx: Transaction, actions: Iterable[OpenAction], as_of: date) -> dict[str, str]:
    """Take each address for one mail on `as_of`; return the actions that found theirs taken."""
    mails = [a for a in actions if a.channel in MAILS and a.recipient_hash and not a.internal]
    holders = dict(
        tx.fetch(
            "select address_hash, action_id from address_day where on_day = $on_day"
            " and address_hash in (select unnest(cast($hashes as varchar[])))",
            on_day=as_of,
            hashes=[mail.recipient_hash for mail in mails],
        )
    )
    new = {}
    for mail in mails:
        if mail.recipient_hash not in holders:
            holders[mail.recipient_hash] = new[mail.recipient_hash] = mail.action_id
    columns = {
        "address_hash": list(new),
        "on_day": [as_of] * len(new),
        "action_id": list(new.values()),
    }
    schema = arrow_schema(SQLModel.metadata.tables["address_day"])
    tx.append("address_day", pa.table({name: columns[name] for name in schema.names}, schema))
    return {
        mail.action_id: ANOTHER_MAIL
        for mail in mails
        if holders[mail.recipient_hash] != mail.action_id
    }
