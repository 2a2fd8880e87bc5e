"""Letters: their PDF is laid into the outbox once, then a person posts it and says so.

A letter stays `confirmed` until `callsheet posted` records the posting. That its PDF has been laid
out is an event of its own, so that a file the mail room has taken away is not printed again.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path

from callsheet.channels.outbox import safe, write_whole
from callsheet.dispatching.open_actions import ActionNow, OpenAction, Telling
from callsheet.dispatching.routing import LETTERS
from callsheet.history import NewEvent, record
from callsheet.keys import digest
from callsheet.planning.content import ContentMissing, Contents
from callsheet.store.transaction import Transaction
from callsheet.vocabulary import ActionState

AUTHOR = "dispatch"
KIND = "letter"
_PDF = "application/pdf"


def letter_subject(action_id: str) -> str:
    """Return what the events about a letter's paper are recorded under."""
    return f"letter:{action_id}"


def printed_letters(tx: Transaction, actions: Iterable[ActionNow]) -> frozenset[str]:
    """Return which of `actions` have been laid into the outbox already."""
    subjects = {
        letter_subject(action.action_id): action.action_id
        for action in actions
        if action.channel in LETTERS
    }
    if not subjects:
        return frozenset()
    rows = tx.fetch(
        "select subject from event where kind = 'letter'"
        " and subject in (select unnest(cast($subjects as varchar[])))",
        subjects=list(subjects),
    )
    return frozenset(subjects[row[0]] for row in rows)


def print_letters(
    tx: Transaction,
    home: Path,
    letters: Sequence[OpenAction],
    on_day: date,
    happened_at: datetime,
) -> int:
    """Lay the PDF of each letter into the outbox and record it; return how many there were.

    The place is derived from the action alone: after a crash the same file is written again. A
    letter whose text is gone, or is not the one that was confirmed, is refused and not laid out.
    """
    events: list[NewEvent] = []
    contents = Contents(home, {letter.customer for letter in letters})
    told = Telling(on_day, happened_at, AUTHOR)
    for letter in letters:
        try:
            pdf = _pdf(contents, letter)
        except ContentMissing as missing:
            events.append(letter.event(ActionState.REJECTED, told, reason=missing.reason))
            continue
        place = place_of(home / "outbox", letter)
        write_whole(place, pdf)
        mark = contents.mark(letter.customer, digest(pdf))
        events.append(_laid_out(letter, told, {"file": str(place.relative_to(home)), "pdf": mark}))
    record(tx, events)
    return sum(event.kind == KIND for event in events)


def _laid_out(letter: OpenAction, told: Telling, detail: dict[str, str]) -> NewEvent:
    return NewEvent(
        subject=letter_subject(letter.action_id),
        no=1,
        kind=KIND,
        on_day=told.on_day,
        happened_at=told.happened_at,
        author=told.author,
        reason="post_it",
        unit=letter.unit,
        customer=letter.customer,
        entity=letter.entity,
        detail=detail,
    )


def place_of(outbox: Path, letter: OpenAction) -> Path:
    """Return where a letter's PDF lies: by the day it was to go, whenever it is printed."""
    day = (letter.act_on or letter.planned_on).isoformat()
    return outbox / day / safe(letter.entity) / f"{letter.action_id}.pdf"


def _pdf(contents: Contents, letter: OpenAction) -> bytes:
    message = contents.read(letter.customer, letter.content_hash)
    pdfs = [part.content for part in message.attachments if part.media_type == _PDF]
    if not pdfs:
        raise ContentMissing(f"{letter.action_id}: its text has no PDF")
    return pdfs[0]
