"""Delivery status notifications of mail relays (RFC 3464), read from the bytes of one mail.

Anybody can write such a mail, so little of it is believed: the Message-ID of the mail it returns
must be one of ours, and of the rest only a few short fields are read.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from email import policy
from email.errors import HeaderParseError
from email.message import Message
from email.parser import BytesParser, HeaderParser
from email.utils import parsedate_to_datetime

from callsheet.evidence.notice import Notice, Tells, is_action_id
from callsheet.messages.addresses import without_addresses

SOURCE = "delivery_notice"
MOST_BYTES = 4_000_000  # of one mail: a relay may return the whole letter with its PDF
_MOST_RECIPIENTS = 20
_MOST_PARTS = 50
_MOST_LINES, _MOST_BOUNDARIES = 100_000, 1_000  # more of them are made to cost memory
_HEADER_CHARACTERS = 64 * 1024
_REPORT = "message/delivery-status"
_RETURNED_MAIL = frozenset({"message/rfc822", "message/global"})
_RETURNED_HEADERS = frozenset({"text/rfc822-headers", "message/global-headers"})
_TELLS = {
    "failed": Tells.FAILED,
    "delivered": Tells.DELIVERED,
    "relayed": Tells.ACCEPTED,
    "expanded": Tells.ACCEPTED,
    "delayed": Tells.ACCEPTED,
}
_MESSAGE_ID = re.compile(r"<([0-9a-f-]{36})\.[0-9]{1,4}@([^>\s]{1,255})>")
# Permanent failures that say that the address is no one's: no such user, host, or it has moved.
_DEAD_STATUS = re.compile(r"5\.(1\.[0-9]{1,3}|2\.1|4\.4)")


def notices_of(mail: bytes, domain: str, read_at: datetime) -> list[Notice]:
    """Return what a mail tells of our message; nothing when it is no notice, or not of ours."""
    if len(mail) > MOST_BYTES or mail.count(b"\n") > _MOST_LINES:
        return []
    if mail.count(b"\n--") > _MOST_BOUNDARIES:
        return []
    try:
        parsed = BytesParser(policy=policy.compat32).parsebytes(mail)
        parts = list(_parts(parsed))
    except (ValueError, LookupError, RecursionError, HeaderParseError):
        return []
    action_id = _ours(parts, domain)
    if not action_id:
        return []
    told_at = _moment(parsed, read_at)
    return [
        _notice(action_id, fields, told_at)
        for fields in _recipients(parts)
        if str(fields.get("Action", "")).strip().lower() in _TELLS
    ]


def _parts(mail: Message) -> Iterator[Message]:
    """Yield the parts of a mail, so many and no more."""
    for number, part in enumerate(mail.walk()):
        if number >= _MOST_PARTS:
            return
        yield part


def _ours(parts: list[Message], domain: str) -> str:
    """Return the action whose message came back: its own header says so, under our domain."""
    for part in parts:
        found = _MESSAGE_ID.search(_returned_id(part))
        if found and is_action_id(found[1]) and found[2].lower() == domain.lower():
            return found[1]
    return ""


def _returned_id(part: Message) -> str:
    """Return the Message-ID of the mail, or of the mail's headers, that a part returns."""
    payload = part.get_payload()
    kind = part.get_content_type()
    if kind in _RETURNED_MAIL and isinstance(payload, list):
        returned = [one for one in payload if isinstance(one, Message)]
        return str(returned[0].get("Message-ID", "")) if returned else ""
    if kind in _RETURNED_HEADERS and isinstance(payload, str):
        return str(HeaderParser().parsestr(payload[:_HEADER_CHARACTERS]).get("Message-ID", ""))
    return ""


def _recipients(parts: list[Message]) -> Iterator[Message]:
    """Yield the fields of each recipient in the report; ours has one."""
    for part in parts:
        blocks = part.get_payload() if part.get_content_type() == _REPORT else ()
        if isinstance(blocks, list):
            yield from (one for one in blocks[:_MOST_RECIPIENTS] if isinstance(one, Message))


def _notice(action_id: str, fields: Message, told_at: datetime) -> Notice:
    tells = _TELLS[str(fields["Action"]).strip().lower()]
    status = without_addresses(fields.get("Status", "")).split(" ")[0]
    is_dead = tells is Tells.FAILED and _DEAD_STATUS.fullmatch(status) is not None
    proof = {
        "told": str(tells),
        "status": status,
        "said": without_addresses(fields.get("Diagnostic-Code", "")),
    }
    reason = ""
    if tells is Tells.FAILED:
        reason = "bounced" if is_dead else "bounced_for_now"
    return Notice(
        action_id=action_id,
        tells=tells,
        source=SOURCE,
        told_at=told_at,
        reason=reason,
        is_address_dead=is_dead,
        proof={name: text for name, text in proof.items() if text},
    )


def _moment(mail: Message, read_at: datetime) -> datetime:
    try:
        told = parsedate_to_datetime(str(mail.get("Date", "")))
    except ValueError:
        return read_at
    return told if told.tzinfo is not None and told <= read_at else read_at
