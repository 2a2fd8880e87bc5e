"""One attempt to send one message: its identity and its bytes, derived from the attempt alone."""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from email.utils import format_datetime
from functools import cached_property
from urllib.parse import quote

from callsheet.errors import CallsheetError
from callsheet.messages.addresses import is_one_address
from callsheet.messages.message import Attachment, Message

_LINE = b"\r\n"
_ENDS_A_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")  # or is no text: Cc, Zl and Zp
_PLAIN_CHARACTERS = 66  # of a header that needs no folding
_WORD_BYTES = 42  # 56 characters of base64: no line grows past 76, its name included


class UnsafeHeader(CallsheetError):
    """A single-line field holds a line break or a control character, or more than one address."""


@dataclass(frozen=True)
class Envelope:
    """Attempt number `attempt` of an action; its Message-ID names both."""

    action_id: str
    attempt: int
    entity: str
    day: date
    sent_at: datetime
    domain: str
    message: Message

    @property
    def message_id(self) -> str:
        """Return `<action_id.attempt@domain>`: what a relay's log is searched for."""
        return f"<{self.action_id}.{self.attempt}@{self.domain}>"

    @cached_property
    def wire(self) -> bytes:
        """Return the mail as it leaves, CRLF line ends: the same attempt gives the same bytes."""
        check_single_lines(self.message)
        head = [
            b"From: " + mailbox(self.message.from_name, self.message.from_address),
            b"To: " + mailbox(self.message.to_name, self.message.to_address),
            *self._reply_to(),
            b"Subject: " + _encoded(self.message.subject),
            b"Date: " + format_datetime(self.sent_at).encode(),
            b"Message-ID: " + self.message_id.encode(),
            b"Content-Language: " + self.message.language.encode(),
            b"Auto-Submitted: auto-generated",
            b"MIME-Version: 1.0",
        ]
        return _LINE.join([*head, *self._content()]) + _LINE

    @property
    def wire_hash(self) -> str:
        """Return the SHA-256 of the bytes that leave."""
        return hashlib.sha256(self.wire).hexdigest()

    def _reply_to(self) -> Iterator[bytes]:
        if self.message.reply_to:
            yield b"Reply-To: " + self.message.reply_to.encode()

    def _content(self) -> Iterator[bytes]:
        if not self.message.attachments:
            yield from self._alternative()
            return
        boundary = self._boundary("m")
        yield b'Content-Type: multipart/mixed; boundary="' + boundary + b'"'
        yield b""
        yield b"--" + boundary
        yield from self._alternative()
        for attachment in self.message.attachments:
            yield b"--" + boundary
            yield from _attached(attachment)
        yield b"--" + boundary + b"--"

    def _alternative(self) -> Iterator[bytes]:
        if not self.message.html:
            yield from _body("plain", self.message.text)
            return
        boundary = self._boundary("a")
        yield b'Content-Type: multipart/alternative; boundary="' + boundary + b'"'
        yield b""
        yield b"--" + boundary
        yield from _body("plain", self.message.text)
        yield b"--" + boundary
        yield from _body("html", self.message.html)
        yield b"--" + boundary + b"--"

    def _boundary(self, part: str) -> bytes:
        seed = f"{self.action_id}.{self.attempt}.{part}"
        return b"=_" + hashlib.sha256(seed.encode()).hexdigest()[:32].encode()


def check_single_lines(message: Message) -> None:
    """Raise UnsafeHeader when a field could end its line, or hide a second recipient."""
    fields = {
        "to name": message.to_name,
        "to address": message.to_address,
        "from name": message.from_name,
        "from address": message.from_address,
        "reply to": message.reply_to,
        "subject": message.subject,
        "attachment": "".join(attachment.name for attachment in message.attachments),
    }
    for name, text in fields.items():
        if text and _ENDS_A_LINE.search(text):
            raise UnsafeHeader(f"{name}: a line break or control character in {text!r}")
    for address in (message.to_address, message.from_address, message.reply_to):
        if address and not is_one_address(address):
            raise UnsafeHeader(f"{address!r} is not exactly one e-mail address")


def mailbox(name: str, address: str) -> bytes:
    """Return `Name <address>` for a header, the name encoded and quoted by us."""
    if not name:
        return address.encode()
    if name.isascii():
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}" <{address}>'.encode()
    return _encoded(name) + f" <{address}>".encode()


def _encoded(text: str) -> bytes:
    """Return `text` for a header: as it is, or as encoded words of whole characters (RFC 2047)."""
    if text.isascii() and len(text) <= _PLAIN_CHARACTERS:
        return text.encode()
    words, word = [], b""
    for character in text:
        encoded = character.encode()
        if len(word) + len(encoded) > _WORD_BYTES:
            words.append(word)
            word = b""
        word += encoded
    return b"\r\n ".join(b"=?utf-8?b?" + base64.b64encode(one) + b"?=" for one in (*words, word))


def _body(subtype: str, text: str) -> Iterator[bytes]:
    yield b"Content-Type: text/" + subtype.encode() + b"; charset=utf-8"
    yield b"Content-Transfer-Encoding: quoted-printable"
    yield b""
    lines = text.replace("\r\n", "\n").encode()
    yield binascii.b2a_qp(lines, istext=True).replace(b"\n", _LINE)


def _attached(attachment: Attachment) -> Iterator[bytes]:
    yield b"Content-Type: " + attachment.media_type.encode()
    yield b"Content-Transfer-Encoding: base64"
    yield b"Content-Disposition: attachment; filename*=utf-8''" + quote(attachment.name).encode()
    yield b""
    yield base64.encodebytes(attachment.content).rstrip(b"\n").replace(b"\n", _LINE)
