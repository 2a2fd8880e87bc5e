"""Addresses without naming them: a keyed hash tells whether two are the same, and nothing else."""

import hmac
import os
import re
from dataclasses import dataclass
from pathlib import Path

KEY_FILE = "address.key"
_KEY_BYTES = 32
_LOOKS_LIKE_AN_ADDRESS = re.compile(r"[^\s<>\"'()\[\],;:]+@[^\s<>\"'()\[\],;:]+")
_NAME = r"[!#-'*+\-./0-9=?A-Z^-~]+"  # printable ASCII without blanks and \",:;<>@()[]
_ONE_ADDRESS = re.compile(f"{_NAME}@{_NAME}")
_WORDS_READ, _WORDS_KEPT = 2000, 200  # characters
# Nobody reads what is sent there (reading the local part, in lower case).
_TRAPS = frozenset(
    {"noreply", "no-reply", "ne-pas-repondre", "postmaster", "abuse", "mailer-daemon"}
)
# RFC 2606, but for `.example`: the sample company's customers live there.
_TEST_HOSTS = frozenset({"example.com", "example.net", "example.org"})
_TEST_ENDINGS = (".test", ".invalid", ".localhost", ".example.com", ".example.net", ".example.org")


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
        return hmac.digest(self.secret, plain, "sha256").hex()


def is_one_address(address: str) -> bool:
    """Say whether `address` is exactly one plain address, as `name@host`, in printable ASCII."""
    return _ONE_ADDRESS.fullmatch(address) is not None


def address_problem(address: str | None, own_domains: frozenset[str] = frozenset()) -> str:
    """Return why nobody is written to at `address`, '' when it is usable.

    `no_contact`, `multi_recipient`, `address_unicode`, `address_format`, or `recipient_policy`:
    nobody reads it, it was made for tests, or it is one of ours (`own_domains`, in lower case).
    """
    if not address:
        return "no_contact"
    if not is_one_address(address):
        if any(sign in address for sign in ",;") or address.count("@") > 1:
            return "multi_recipient"
        return "address_format" if address.isascii() else "address_unicode"
    local, _, host = address.lower().rpartition("@")
    if "." not in host:
        return "address_format"
    if local in _TRAPS or host in own_domains | _TEST_HOSTS or host.endswith(_TEST_ENDINGS):
        return "recipient_policy"
    return ""


def is_usable_address(address: str | None) -> bool:
    """Say whether `address` is one address on a real host that somebody may read."""
    return not address_problem(address)


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
