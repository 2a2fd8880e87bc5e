"""Seal bytes under a key, and open them again.

AES-SIV (RFC 5297): the same text under the same key is the same ciphertext. So a customer who did
not change is the same bytes in the next snapshot, a snapshot written twice has the same digest,
and what was sealed cannot be altered unseen. What it gives away is that two texts are equal, and
only within one customer. A random cipher would give every pull other bytes and other ids.
"""

import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from callsheet.errors import CallsheetError


class Erased(CallsheetError):
    """The key is gone: what it sealed cannot be read by anybody."""


class NotSealedSo(CallsheetError):
    """These bytes were not sealed with this key for this purpose, or were altered."""


def seal(secret: bytes, plain: bytes, purpose: str) -> bytes:
    """Return `plain` sealed; it opens only with the same key and for the same purpose."""
    return AESSIV(secret).encrypt(plain, [purpose.encode()])


def unseal(secret: bytes, sealed: bytes, purpose: str) -> bytes:
    """Return what was sealed; NotSealedSo when it was not, or not for this purpose."""
    try:
        return AESSIV(secret).decrypt(sealed, [purpose.encode()])
    except (InvalidTag, ValueError) as problem:
        raise NotSealedSo(f"{purpose}: not sealed with this key, or altered") from problem


def keyed_hash(secret: bytes, plain: bytes) -> str:
    """Return a hash that nobody can guess a text from once the key is destroyed."""
    return hmac.digest(secret, plain, "sha256").hex()
