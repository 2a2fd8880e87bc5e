"""The exceptions of a day: what went otherwise than it should, one line each."""

import json
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Protocol

from callsheet.exception_limits import waited_too_long
from callsheet.messages.amount_text import amount_text
from callsheet.reading.day_decisions import StoredDecision
from callsheet.reading.reasons import sentence
from callsheet.reading.rows_set_aside import line_text
from callsheet.sealing.words import details_of
from callsheet.settings import Settings
from callsheet.snapshots.freshest import receivables
from callsheet.store.transaction import Transaction

_READING = Path(__file__).parents[1] / "sql" / "reading"
_NOTES = frozenset(
    {"missing_language", "instead_of", "not_rendered", "sms_length", "not_mobile", "number_policy"}
)
_STATES = frozenset({"in_doubt", "blocked", "rejected", "delivery_failed"})


@dataclass(frozen=True)
class SheetException:
    """One exception: its code, whom it concerns, and what was found."""

    code: str
    what: str
    entity: str
    customer: str
    found: str


class _Line(Protocol):
    @property
    def entity(self) -> str: ...
    @property
    def customer(self) -> str: ...
    @property
    def step_title(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def planned_on(self) -> date: ...


def exceptions_on(
    tx: Transaction,
    settings: Settings,
    as_of: date,
    entity: str | None,
    *,
    lines: Sequence[_Line],
    decided: Iterable[StoredDecision],
) -> list[SheetException]:
    """Return every exception of `as_of`, of one entity or of all."""
    limits = waited_too_long(receivables(tx, settings, as_of), as_of)
    return [
        *_rejected_pulls(tx, as_of),
        *_quarantined(tx, as_of, entity or ""),
        *_alerts(tx, as_of),
        *_undecided(decided, limits),
        *(found for line in lines for found in _of_line(line, limits)),
        *_notes(tx, as_of, entity or ""),
        *_old_debts(tx, settings, as_of, entity or ""),
    ]


def _exception(
    code: str, entity: str, customer: str, found: str, family: str = ""
) -> SheetException:
    return SheetException(code, sentence(code, family), entity, customer, found)


def _rejected_pulls(tx: Transaction, as_of: date) -> Iterable[SheetException]:
    rows = tx.fetch(
        "select reason, subject from event where kind = 'snapshot' and state = 'rejected'"
        " and on_day = $as_of order by ledger_seq",
        as_of=as_of,
    )
    return [_exception(code, "", "", subject.replace("|", " ")) for code, subject in rows]


def _quarantined(tx: Transaction, as_of: date, entity: str) -> Iterable[SheetException]:
    query = (_READING / "quarantined_rows.sql").read_text("utf-8")
    for code, customer, of_entity, table, line, count, found in tx.fetch(
        query, as_of=as_of, entity=entity
    ):
        at = line_text(line)
        where = f"{table}, {at}" if count == 1 else f"{table}, {count} rows from {at}"
        told = f"{where}: {found}" if found else where
        yield _exception(code, of_entity, customer, told, "quarantine")


def _alerts(tx: Transaction, as_of: date) -> Iterable[SheetException]:
    """Return what the receipt of provider events warned of."""
    rows = tx.fetch(
        "select reason, body from event where kind = 'alert' and on_day = $as_of"
        " order by ledger_seq",
        as_of=as_of,
    )
    for code, body in rows:
        count = json.loads(body)["detail"]["events"]
        yield _exception(code, "", "", f"{count} events within a day: see `callsheet drain`")


def _undecided(
    decided: Iterable[StoredDecision], entities: Container[str]
) -> Iterable[SheetException]:
    for one in decided:
        if one.outcome == "act" and one.entity and one.entity not in entities:
            yield _exception("entity_not_loaded", one.entity, one.customer, one.step)
        if one.reason in ("no_scenario", "delivery_failed"):
            yield _exception(one.reason, one.entity, one.customer, one.leader)
        elif one.outcome == "finished":
            yield _exception("finished", one.entity, one.customer, one.leader)


def _of_line(line: _Line, limits: Mapping[str, date]) -> Iterable[SheetException]:
    is_unconfigured = line.reason == "channel_not_configured" and line.state == "planned"
    if line.state in _STATES or is_unconfigured:
        code = line.reason or line.state
        yield _exception(code, line.entity, line.customer, line.step_title)
    elif line.state == "planned" and line.planned_on <= limits.get(line.entity, date.min):
        yield _exception("pending_long", line.entity, line.customer, line.step_title)


def _notes(tx: Transaction, as_of: date, entity: str) -> Iterable[SheetException]:
    """Return what the plan noted beside an action: another channel, another language."""
    rows = tx.fetch(
        "select customer, entity, body from event where kind = 'action' and no = 1"
        " and on_day = $as_of and author = 'plan' and $entity in ('', entity)"
        " order by ledger_seq",
        as_of=as_of,
        entity=entity,
    )
    details = details_of(tx, (body for _, _, body in rows))
    for (customer, of_entity, _), noted in zip(rows, details, strict=True):
        for code, found in noted.items():
            if code in _NOTES:
                yield _exception(code, of_entity, customer, str(found).splitlines()[0])


def _old_debts(
    tx: Transaction, settings: Settings, as_of: date, entity: str
) -> Iterable[SheetException]:
    query = (_READING / "old_debts.sql").read_text("utf-8")
    before = as_of - timedelta(days=settings.decision.friendly_days)
    for customer, of_entity, currency, owed, oldest in tx.fetch(
        query, before=before, entity=entity
    ):
        found = f"{amount_text(owed, currency)}, due since {oldest}"
        yield _exception("old_debt", of_entity, customer, found)
