"""The outbox: every message becomes a file that is there whole, or not at all."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from callsheet.channels.channel import WIRE, Sender
from callsheet.channels.envelope import Envelope
from callsheet.channels.outcome import SendOutcome, accepted, not_sent


@dataclass(frozen=True)
class Outbox:
    """A folder that holds `<day>/<entity>/<action_id>.eml`."""

    folder: Path
    name: str = "outbox"

    @contextmanager
    def sender(self) -> Iterator[Sender]:
        """Return the sender; files need no connection."""
        yield self

    def send(self, envelope: Envelope) -> SendOutcome:
        """Write the mail; the same action writes the same file, so it never doubles."""
        place = place_of(self.folder, envelope, ".eml")
        try:
            write_whole(place, envelope.wire)
        except OSError as problem:
            return not_sent("outbox_not_writable", {"found": str(problem)}, stops_channel=True)
        return accepted({"provider": self.name, "file": str(place.relative_to(self.folder))})

    def trace(self, envelope: Envelope) -> dict[str, str]:
        """Return the file and the hash of its bytes."""
        place = place_of(self.folder, envelope, ".eml")
        return {"file": str(place.relative_to(self.folder)), WIRE: envelope.wire_hash}

    def hash_of(self, trace: Mapping[str, object]) -> str:
        """Return the hash of the file an attempt was to write; '' when there is none."""
        place = self.folder / str(trace.get("file", ""))
        return hashlib.sha256(place.read_bytes()).hexdigest() if place.is_file() else ""


def place_of(folder: Path, envelope: Envelope, suffix: str) -> Path:
    """Return where the message of an action lies: one place, whoever asks and how often."""
    return folder / envelope.day.isoformat() / safe(envelope.entity) / (envelope.action_id + suffix)


def safe(name: str) -> str:
    """Return `name` as a folder's name: letters, digits, dots and dashes only."""
    kept = "".join(sign if sign.isalnum() or sign in "-_." else "_" for sign in name).strip(".")
    return kept if kept == name else f"{kept}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def write_whole(place: Path, content: bytes) -> None:
    """Write a file beside its place and rename it there: nobody sees half of it."""
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_name(f".{place.name}.part")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(place)
