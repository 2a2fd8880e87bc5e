"""The history as people read it: what happened, in order, each line with its reason."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from callsheet.reading.reasons import is_known, sentence
from callsheet.sealing.words import details_of
from callsheet.store.transaction import Transaction

_QUERY = (Path(__file__).parents[1] / "sql" / "reading" / "history_lines.sql").read_text("utf-8")

_BODY = 12  # the column of the event's canonical text


@dataclass(frozen=True)
class HistoryLine:
    """One event. `what` says what it happened to, `why` the reason as a sentence."""

    ledger_seq: int
    on_day: date
    happened_at: datetime
    author: str
    kind: str
    subject: str
    no: int
    state: str
    reason: str
    why: str
    unit: str
    customer: str
    entity: str
    what: str
    channel: str
    leader: str
    claim: Any
    detail: Mapping[str, Any]


def history_lines(
    tx: Transaction,
    *,
    customer: str = "",
    from_day: date | None = None,
    to_day: date | None = None,
) -> list[HistoryLine]:
    """Return the events of one customer ('': of all) over some days, in ledger order."""
    rows = tx.fetch(
        _QUERY,
        customer=customer,
        from_day=from_day or date.min.replace(year=1900),
        to_day=to_day or date(9999, 12, 31),
    )
    details = details_of(tx, (row[_BODY] for row in rows))
    return [_line(*row, detail=detail) for row, detail in zip(rows, details, strict=True)]


def _line(  # noqa: PLR0917  # a row's columns
    ledger_seq: int, on_day: date, happened_at: datetime, author: str, kind: str, subject: str,
    no: int, state: str, reason: str, unit: str, customer: str, entity: str, _body: str,
    step_title: str, channel: str, leader: str, claim: str, *, detail: Mapping[str, Any],
) -> HistoryLine:  # fmt: skip
    why = detail.get("why") or (sentence(reason) if is_known(reason) else reason)
    if note := detail.get("note"):
        why = f"{why}: {note}" if why else note
    return HistoryLine(
        ledger_seq=ledger_seq,
        on_day=on_day,
        happened_at=happened_at,
        author=author,
        kind=kind,
        subject=subject,
        no=no,
        state=state,
        reason=reason,
        why=why,
        unit=unit,
        customer=customer,
        entity=entity,
        what=step_title or channel.replace("_", " ") or kind.replace("_", " "),
        channel=channel,
        leader=leader,
        claim=json.loads(claim),
        detail=detail,
    )
