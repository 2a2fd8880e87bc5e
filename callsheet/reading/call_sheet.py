"""The call sheet of a day: who is contacted, why, over what, how much; who is not, and why."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from callsheet.reading.day_decisions import StoredDecision, decisions_on
from callsheet.reading.open_breakers import Held, open_breakers
from callsheet.reading.reasons import sentence
from callsheet.reading.sheet_exceptions import SheetException, exceptions_on
from callsheet.reading.sheet_names import Names, names_of
from callsheet.settings import Settings
from callsheet.store.transaction import Transaction
from callsheet.vocabulary import ActionState as S
from callsheet.vocabulary import Mode

_QUERY = (Path(__file__).parents[1] / "sql" / "reading" / "actions_of_day.sql").read_text("utf-8")
_LETTERS = frozenset({"letter", "registered_letter"})
_DOING: Mapping[S, str] = {
    S.ACCEPTED: "sent",
    S.DELIVERED: "sent",
    S.DECLARED_SENT: "sent",
    S.DONE: "done",
    S.SKIPPED: "left out",
    S.ABANDONED: "left out",
    S.BLOCKED: "held back",
    S.IN_DOUBT: "in doubt",
    S.REJECTED: "failed",
    S.DELIVERY_FAILED: "failed",
    S.CANCELLED: "withdrawn",
    S.SENDING: "being sent",
    S.RETRY_WAIT: "being sent",
    S.RESEND_ORDERED: "being sent",
}
_NOT_CONTACTED = frozenset({"left out", "held back", "failed", "withdrawn"})
SILENT = frozenset({"nothing_open", "empty_scenario", "not_yet"})  # counted, nobody is named


@dataclass(frozen=True)
class Line:
    """One action on the call sheet. `doing` says in a word how it stands."""

    action_id: str
    entity: str
    customer: str
    name: str
    collector: str
    channel: str
    doing: str
    step_title: str
    scenario: str
    step_day: int | None
    leader: str
    leader_due: date | None
    days_late: int | None
    items: int
    claim: Mapping[str, Decimal]
    planned_on: date
    legal: bool
    internal: bool
    state: str
    reason: str
    why: str

    @property
    def is_contact(self) -> bool:
        """Say whether somebody is contacted by it, or will be once it is confirmed or done."""
        return self.doing not in _NOT_CONTACTED


@dataclass(frozen=True)
class NotContacted:
    """Accounts that are left in peace for one reason; the silent reasons name nobody."""

    outcome: str
    reason: str
    why: str
    accounts: int
    customers: Sequence[str] = ()


@dataclass(frozen=True)
class EntitySheet:
    """The call sheet of one entity. Totals are per currency and count each account once."""

    entity: str
    name: str
    currency: str
    lines: Sequence[Line]
    not_contacted: Sequence[NotContacted]
    accounts_contacted: int
    totals: Mapping[str, Decimal]


@dataclass(frozen=True)
class CallSheet:
    """The call sheet of a day over its entities."""

    as_of: date
    environment: str
    entities: Sequence[EntitySheet]
    exceptions: Sequence[SheetException]
    places: Mapping[str, str] = field(default_factory=dict)
    held: Sequence[Held] = ()  # breakers that hold something back, and what to do

    @property
    def lines(self) -> list[Line]:
        """Return every line of every entity."""
        return [line for sheet in self.entities for line in sheet.lines]

    def as_text(self) -> dict[str, Any]:
        """Return the call sheet as plain data; amounts and days are for the printer to write."""
        return asdict(self)


def call_sheet(
    tx: Transaction, settings: Settings, as_of: date, entity: str | None = None
) -> CallSheet:
    """Return the call sheet of `as_of`, as it stood at the end of that day."""
    rows = tx.fetch(_QUERY, as_of=as_of, entity=entity or "")
    decided = [one for one in decisions_on(tx, settings, as_of) if entity in (None, one.entity)]
    names = names_of(
        tx, settings, as_of, {row[2] for row in rows} | {one.customer for one in decided}
    )
    lines = [_line(row, names, as_of) for row in rows]
    entities = sorted({line.entity for line in lines} | {one.entity for one in decided})
    return CallSheet(
        as_of=as_of,
        environment=settings.environment,
        entities=[_entity_sheet(one, lines, decided, names) for one in entities],
        exceptions=exceptions_on(tx, settings, as_of, entity, lines=lines, decided=decided),
        places=_places(settings, as_of),
        held=open_breakers(tx, settings),
    )


def last_played_day(tx: Transaction) -> date | None:
    """Return the last day that was decided; None before the first."""
    found: date | None = tx.fetch("select max(decided_on) from fold_watermark")[0][0]
    return found


def _line(row: Sequence[Any], names: Names, as_of: date) -> Line:
    (
        action_id, _unit, customer, entity, channel, mode, internal, legal, scenario, _step,
        step_title, step_day, leader, leader_due, planned_on, _act_on, claim, _content,
        state, reason, _on_day, _author,
    ) = row  # fmt: skip
    claims, items = _claims(claim)
    doing = doing_of(S(state), Mode(mode), channel)
    return Line(
        action_id=action_id,
        entity=entity,
        customer=customer,
        name=names.customers.get(customer, customer),
        collector=names.collectors.get(customer, ""),
        channel=channel,
        doing=doing,
        step_title=step_title or channel.replace("_", " "),
        scenario=scenario,
        step_day=step_day,
        leader=names.items.get(leader, leader),
        leader_due=leader_due,
        days_late=(as_of - leader_due).days if leader_due else None,
        items=items,
        claim=claims,
        planned_on=planned_on,
        legal=legal,
        internal=internal,
        state=state,
        reason=reason,
        why=sentence(reason) if reason else "",
    )


def doing_of(state: S, mode: Mode, channel: str) -> str:
    """Return in a word what becomes of an action in `state`."""
    if state is S.PLANNED:
        return "to do" if mode is Mode.MANUAL else "to confirm"
    if state is S.CONFIRMED:
        return "to post" if channel in _LETTERS else "to send"
    return _DOING[state]


def _claims(claim: str) -> tuple[dict[str, Decimal], int]:
    """Return what is claimed per currency, and over how many items."""
    amounts: defaultdict[str, Decimal] = defaultdict(Decimal)
    items: set[str] = set()
    for part in json.loads(claim or "[]"):
        amounts[part["currency"]] += Decimal(part["amount"])
        items.update(part["items"])
    return dict(sorted(amounts.items())), len(items)


def _entity_sheet(
    entity: str, lines: Iterable[Line], decided: Iterable[StoredDecision], names: Names
) -> EntitySheet:
    mine = [line for line in lines if line.entity == entity]
    of_account = {line.customer: line for line in mine if line.is_contact and not line.internal}
    totals: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line in of_account.values():
        for currency, claimed in line.claim.items():
            totals[currency] += claimed
    return EntitySheet(
        entity=entity,
        name=names.entities.get(entity, entity),
        currency=names.currencies.get(entity, ""),
        lines=mine,
        not_contacted=_not_contacted([one for one in decided if one.entity == entity]),
        accounts_contacted=len(of_account),
        totals=dict(sorted(totals.items())),
    )


def _not_contacted(decided: Iterable[StoredDecision]) -> list[NotContacted]:
    """Return the accounts that no action is for, by reason, the most telling reasons first."""
    groups: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for one in decided:
        if one.outcome not in ("act", "pending"):
            groups[one.outcome, one.reason].append(one.customer)
    found = [
        NotContacted(
            outcome,
            reason,
            sentence(reason or outcome),
            len(customers),
            () if reason in SILENT else tuple(sorted(customers)),
        )
        for (outcome, reason), customers in groups.items()
    ]
    return sorted(found, key=lambda one: (one.reason in SILENT, one.outcome, one.reason))


def _places(settings: Settings, as_of: date) -> dict[str, str]:
    return {
        "messages": str(settings.home / "outbox" / as_of.isoformat()),
        "history": f"callsheet history --from {as_of} --to {as_of}",
        "why": "callsheet explain CUSTOMER",
        "worklist": "callsheet worklist",
        "ui": "callsheet ui (http://127.0.0.1:4200)",
    }
