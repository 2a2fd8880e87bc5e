"""The content store: what each message says, sealed, under the hash of what a person confirms.

A content is two lines of text, compressed and then sealed with the customer's key: the canonical
text that its hash is of, and what does not count for the hash (the language it is written in). The
hash is keyed with the same key: it is written down in the ledger, and once the key is destroyed
nobody can try names and addresses against it.
"""

import base64
import os
import threading
import zlib
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from callsheet.errors import CallsheetError
from callsheet.keys import canonical_text
from callsheet.messages.message import Attachment, Message
from callsheet.sealing.key_ring import KeyRing
from callsheet.sealing.seal import NotSealedSo, keyed_hash, seal, unseal

ERASED = "erased"
_AHEAD_BYTES = 16 * 2**20
_COMPRESSION = 6  # zlib's middle way: a letter's PDF is compressed already


_PURPOSE = "content"


class ContentMissing(CallsheetError):
    """The store has no such content. `reason` is the word for it in the history."""

    reason = "content_missing"


class ContentDiffers(ContentMissing):
    """The store holds other bytes than those that were confirmed."""

    reason = "payload_hash"


class ContentErased(ContentMissing):
    """The customer was erased: what was written to them cannot be read by anybody."""

    reason = "erased"


def keep(home: Path, customer: str, message: Message) -> str:
    """Store a message to `customer` and return its content hash; what is there is left alone.

    ContentErased when the customer was erased: nothing is written to them.
    """
    secret = KeyRing.of(home).made([customer]).get(customer)
    if secret is None:
        raise ContentErased(f"{customer} was erased: nothing is written to them")
    content_hash = keyed_hash(secret, message.content_text.encode())
    place = place_of(home, content_hash)
    if not place.exists():
        beside_it = canonical_text([message.language, message.missing_language, message.letterhead])
        text = f"{message.content_text}\n{beside_it}"
        sealed = seal(secret, zlib.compress(text.encode(), _COMPRESSION), _PURPOSE)
        place.parent.mkdir(parents=True, exist_ok=True)
        beside = place.with_name(f".{place.name}.{os.getpid()}.{threading.get_ident()}")
        beside.write_bytes(sealed)
        beside.replace(place)
    return content_hash


class Contents:
    """The store as the contents of some customers are read from it: their keys are asked once."""

    def __init__(self, home: Path, customers: Collection[str]) -> None:
        self._home = home
        self._secrets = KeyRing.of(home).known(customers)
        self._ahead: dict[str, Message] = {}

    def read_ahead(self, wanted: Iterable[tuple[str, str]], most_bytes: int = _AHEAD_BYTES) -> None:
        """Read contents, each of a customer, before threads that would take turns ask for them.

        Not more than `most_bytes` of them, and what cannot be read is left to `read`.
        """
        for customer, content_hash in wanted:
            with suppress(ContentMissing):
                self._ahead[content_hash], size = self._read(customer, content_hash)
                most_bytes -= size
            if most_bytes <= 0:
                return

    def read(self, customer: str, content_hash: str) -> Message:
        """Return the message to `customer` kept under `content_hash`.

        ContentErased when the customer was erased, ContentMissing when it is not there,
        ContentDiffers when it is not what was confirmed.
        """
        message = self._ahead.pop(content_hash, None)
        return message or self._read(customer, content_hash)[0]

    def _read(self, customer: str, content_hash: str) -> tuple[Message, int]:
        secret = self._secrets.get(customer)
        if secret is None:
            raise ContentErased(f"{customer}: erased, no content can be read")
        place = _place(self._home, content_hash)
        try:
            with open(place, "rb") as file:  # noqa: PTH123  # a Path costs as much as the read
                sealed = file.read()
        except OSError as problem:
            raise ContentMissing(f"{place}: {problem}") from problem
        try:
            text = zlib.decompress(unseal(secret, sealed, _PURPOSE))
        except (zlib.error, NotSealedSo) as problem:
            raise ContentDiffers(f"{place}: {problem}") from problem
        said, _, beside_it = text.partition(b"\n")
        if keyed_hash(secret, said) != content_hash:
            raise ContentDiffers(f"{place}: holds other bytes than its name says")
        return _message(from_json(said), *from_json(beside_it)), len(text)

    def mark(self, customer: str, sent: str) -> str:
        """Return the hash of bytes that left, keyed: once the key is gone no guess is confirmed.

        '' when the customer was erased.
        """
        secret = self._secrets.get(customer)
        return keyed_hash(secret, sent.encode()) if secret else ""


def read(home: Path, customer: str, content_hash: str) -> Message:
    """Return one message; see `Contents.read`."""
    return Contents(home, [customer]).read(customer, content_hash)


def place_of(home: Path, content_hash: str) -> Path:
    """Return where a content lies: 256 folders keep each of them short."""
    return Path(_place(home, content_hash))


def _place(home: Path, content_hash: str) -> str:
    return f"{home}/lake/content/{content_hash[:2]}/{content_hash}"


def _message(
    said: list[Any], language: str, missing_language: str, letterhead: str = ""
) -> Message:
    """Return the message that `Message.content_text` is the canonical text of.

    What an earlier release kept has no letterhead.
    """
    _version, channel, *texts, files = said
    names = ("to_name", "to_address", "from_name", "from_address", "reply_to", "subject")
    return Message(
        **dict(zip((*names, "text", "html"), texts, strict=True)),
        attachments=tuple(
            Attachment(name, kind, base64.b64decode(content)) for name, kind, content in files
        ),
        language=language,
        channel=channel,
        missing_language=missing_language,
        letterhead=letterhead,
    )
