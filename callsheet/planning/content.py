"""The content store: what each message says, kept once under the hash of what a person confirms.

A content is two lines of compressed text: the canonical text whose SHA-256 is its name, and what
does not count for the hash (the language it is written in).
"""

import base64
import json
import os
import threading
import zlib
from pathlib import Path
from typing import Any

from callsheet.errors import CallsheetError
from callsheet.keys import canonical_text, digest
from callsheet.messages.message import Attachment, Message

_COMPRESSION = 6  # zlib's middle way: a letter's PDF is compressed already


class ContentMissing(CallsheetError):
    """The store has no such content, or other bytes than its name says."""


def keep(lake: Path, message: Message) -> str:
    """Store a message and return its content hash; what is there already is left alone."""
    place = place_of(lake, message.content_hash)
    if not place.exists():
        beside_it = canonical_text([message.language, message.missing_language])
        text = f"{message.content_text}\n{beside_it}"
        place.parent.mkdir(parents=True, exist_ok=True)
        beside = place.with_name(f".{place.name}.{os.getpid()}.{threading.get_ident()}")
        beside.write_bytes(zlib.compress(text.encode(), _COMPRESSION))
        beside.replace(place)
    return message.content_hash


def read(lake: Path, content_hash: str) -> Message:
    """Return the message kept under `content_hash`; ContentMissing when it is not, or differs."""
    place = place_of(lake, content_hash)
    try:
        text = zlib.decompress(place.read_bytes()).decode()
    except (OSError, zlib.error) as problem:
        raise ContentMissing(f"{place}: {problem}") from problem
    said, _, beside_it = text.partition("\n")
    if digest(said) != content_hash:
        raise ContentMissing(f"{place}: holds other bytes than its name says")
    return _message(json.loads(said), *json.loads(beside_it))


def place_of(lake: Path, content_hash: str) -> Path:
    """Return where a content lies: 256 folders keep each of them short."""
    return lake / "content" / content_hash[:2] / content_hash


def _message(said: list[Any], language: str, missing_language: str) -> Message:
    """Return the message that `Message.content_text` is the canonical text of."""
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
    )
