"""Addresses without naming them: a keyed hash tells whether two are the same, and nothing else."""

import hashlib
import hmac
import os
import re
from dataclasses import dataclass
from pathlib import Path

KEY_FILE = "address.key"
_KEY_BYTES = 32
_LOOKS_LIKE_AN_ADDRESS = re.compile(r"[^\s<>\"'()\[\],;:]+@[^\s<>\"'()\[\],;:]+")
_WORDS_READ, _WORDS_KEPT = 2000, 200  # characters
# Nobody reads what is sent there (reading the local part, in lower case).
_TRAPS = frozenset(
    {"noreply", "no-reply", "ne-pas-repondre", "postmaster", "abuse", "mailer-daemon"}
)


@dataclass(frozen=True)
class AddressKey:
    """The secret of one company's address hashes."""

    secret: bytes

    @classmethod
    def of(cls, home: Path) -> "AddressKey":
        """Return the key kept in `home`; the first caller makes it, readable by its owner only."""
        place = home / KEY_FILE
        if not place.exists():
            _make(place)
        return cls(place.read_bytes())

    def hash(self, address: str) -> str:
        """Return the keyed hash of an address; letter case and outer blanks do not count."""
        plain = address.strip().lower().encode()
        return hmac.new(self.secret, plain, hashlib.sha256).hexdigest()


def is_one_address(address: str) -> bool:
    """Say whether `address` is exactly one plain address, as `name@host`, in printable ASCII."""
    local, at_sign, host = address.rpartition("@")
    if not (local and at_sign and host and address.isascii() and address.isprintable()):
        return False
    return not any(sign in address for sign in ' ,;:<>"()[]\\') and "@" not in local


def is_usable_address(address: str | None) -> bool:
    """Say whether `address` is one address on a real host that somebody may read."""
    if not address or not is_one_address(address):
        return False
    local, _, host = address.rpartition("@")
    return "." in host and local.lower() not in _TRAPS


def without_addresses(text: object) -> str:
    """Return somebody's words as one short line in which no address can be read."""
    line = " ".join(str(text or "")[:_WORDS_READ].split())
    return _LOOKS_LIKE_AN_ADDRESS.sub("(address)", line)[:_WORDS_KEPT]


def _make(place: Path) -> None:
    """Write a new key beside its place and link it there: of two makers the first one wins."""
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_name(f".{place.name}.{os.getpid()}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(os.urandom(_KEY_BYTES))
    try:
        os.link(beside, place)
    except FileExistsError:
        pass  # somebody else was first: theirs is the key
    finally:
        beside.unlink()
