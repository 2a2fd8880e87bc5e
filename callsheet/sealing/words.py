"""What people and providers said in their own words: sealed beside the ledger, hashed in it.

Such a text may name anybody. The body of its event holds only `{"sealed": <keyed hash>}`; the text
lies in `free_text`, under the key of the event's customer. After an erasure the ledger still
verifies and the text reads as erased.
"""

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from callsheet.sealing.key_ring import KeyRing, Kind
from callsheet.sealing.seal import keyed_hash, seal, unseal
from callsheet.store.arrow_types import arrow_schema
from callsheet.store.transaction import Transaction, known_table

ERASED = "erased"
ERASURE = "erasure"  # the kind of event that tells of one
# Details of an event that hold somebody's own words …
_WORDS = frozenset({"note", "why", "text", "message", "not_rendered", "comment"})
# … and what a provider answered, which names the address unless it says yes.
_ANSWERS = frozenset({"said", "found"})
_FREE = _WORDS | _ANSWERS
_YES = frozenset({"accepted", "delivered"})
_PURPOSE = "words"
_PREFIX = "sealed:"

Details = Mapping[str, Any]


class Spoken(Protocol):
    """An event before it is sealed: about whom, which state it leads to, and what was said."""

    @property
    def customer(self) -> str:
        """Whom it is about; '' when it is about no single customer."""

    @property
    def kind(self) -> str:
        """What kind of event it is."""

    @property
    def state(self) -> str:
        """The state it leads to."""

    @property
    def detail(self) -> Details:
        """What was noted."""


@dataclass(frozen=True)
class _Said:
    """A text by itself."""

    text: str
    customer: str = ""
    kind: str = ""
    state: str = ""

    @property
    def detail(self) -> Details:
        return {"text": self.text}


@dataclass(frozen=True)
class Sealed:
    """The details of events as they may stand in the ledger, and the texts taken out of them."""

    details: Sequence[Details]
    texts: Mapping[str, tuple[str, bytes]]  # customer and sealed text, by keyed hash

    def keep(self, tx: Transaction) -> None:
        """Keep the texts that are not there yet: the same words twice are kept once."""
        if not self.texts:
            return
        there = tx.fetch(
            "select text_hash from free_text where text_hash in"
            " (select unnest(cast($hashes as varchar[])))",
            hashes=list(self.texts),
        )
        rows = [
            {"text_hash": name, "customer": customer, "sealed": base64.b64encode(blob).decode()}
            for name, (customer, blob) in self.texts.items()
            if (name,) not in there
        ]
        schema = arrow_schema(known_table("free_text"))
        tx.append("free_text", pa.Table.from_pylist(rows, schema=schema))


def sealed_words(tx: Transaction, spoken: Sequence[Spoken]) -> Sealed:
    """Return the details of `spoken` without free texts. The same events give the same, always.

    A text about no single customer is sealed with a key of its own: an erasure deletes it if it
    names the erased.
    """
    free = [_has_words(one) for one in spoken]
    if not any(free):
        return Sealed([one.detail for one in spoken], {})
    ring = KeyRing.of(_home(tx))
    named = {_whose(one) for one, is_free in zip(spoken, free, strict=True) if is_free} - {""}
    secrets = ring.made(named) | {"": ring.made([""], "list")[""]}
    texts: dict[str, tuple[str, bytes]] = {}
    details = [
        _taken_out(one, secrets, texts) if is_free else one.detail
        for one, is_free in zip(spoken, free, strict=True)
    ]
    return Sealed(details, texts)


def open_words(tx: Transaction, details: Iterable[Details]) -> list[dict[str, Any]]:
    """Return the details with their texts in plain; a text whose key is gone reads `erased`."""
    found = [dict(one) for one in details]
    hashes = {value["sealed"] for one in found for value in one.values() if _is_sealed(value)}
    texts = _texts(tx, hashes) if hashes else {}
    for one in found:
        for name, value in one.items():
            if _is_sealed(value):
                one[name] = texts.get(value["sealed"], ERASED)
    return found


def details_of(tx: Transaction, bodies: Iterable[str]) -> list[dict[str, Any]]:
    """Return the details of events by their bodies, texts in plain."""
    return open_words(tx, [json.loads(body).get("detail", {}) for body in bodies])


def hidden(tx: Transaction, texts: Sequence[str]) -> list[str]:
    """Return texts about no single customer as a row that may change keeps them: as their hashes.

    What they say is kept beside, as the same words in an event are.
    """
    sealed = sealed_words(tx, [_Said(text) for text in texts])
    sealed.keep(tx)
    said = [one["text"] for one in sealed.details]
    return [f"{_PREFIX}{one['sealed']}" if _is_sealed(one) else str(one) for one in said]


def shown(tx: Transaction, kept: Sequence[str]) -> list[str]:
    """Return what `hidden` was given; a text that was deleted reads `erased`."""
    hashes = [one.removeprefix(_PREFIX) for one in kept if one.startswith(_PREFIX)]
    texts = _texts(tx, hashes) if hashes else {}
    return [
        texts.get(one.removeprefix(_PREFIX), ERASED) if one.startswith(_PREFIX) else one
        for one in kept
    ]


def every_text_about_nobody(tx: Transaction) -> dict[str, str]:
    """Return the texts about no single customer, by their hashes."""
    rows = tx.fetch("select text_hash from free_text where customer = '' order by text_hash")
    return _texts(tx, (name for (name,) in rows))


def _has_words(one: Spoken) -> bool:
    return not _FREE.isdisjoint(one.detail) and any(_is_free(one, name) for name in one.detail)


def _whose(one: Spoken) -> str:
    """Return whose key seals it: why somebody was erased must not go with them."""
    return "" if one.kind == ERASURE else one.customer


def _is_free(one: Spoken, name: str) -> bool:
    text = one.detail[name]
    if not isinstance(text, str) or not text:
        return False
    return name in _WORDS or (name in _ANSWERS and (one.state not in _YES or "@" in text))


def _taken_out(
    one: Spoken, secrets: Mapping[str, bytes], texts: dict[str, tuple[str, bytes]]
) -> Details:
    """Return details with each free text as its hash; of who was erased nothing is kept."""
    secret = secrets.get(_whose(one))
    detail = dict(one.detail)
    for name, text in one.detail.items():
        if _is_free(one, name):
            plain = str(text).encode()
            text_hash = keyed_hash(secret, plain) if secret else ""
            if secret:
                texts[text_hash] = (_whose(one), seal(secret, plain, _PURPOSE))
            detail[name] = {"sealed": text_hash}
    return detail


def _texts(tx: Transaction, hashes: Iterable[str]) -> dict[str, str]:
    rows = tx.fetch(
        "select text_hash, customer, sealed from free_text"
        " where text_hash in (select unnest(cast($hashes as varchar[])))",
        hashes=sorted(hashes),
    )
    opened: dict[str, str] = {}
    ring = KeyRing.of(_home(tx))
    for kind, names in (("customer", {row[1] for row in rows if row[1]}), ("list", {""})):
        of: Kind = "customer" if kind == "customer" else "list"
        secrets = ring.known(names, of)
        opened |= {
            text_hash: unseal(secrets[customer], base64.b64decode(sealed), _PURPOSE).decode()
            for text_hash, customer, sealed in rows
            if customer in secrets
        }
    return opened


def _is_sealed(value: object) -> bool:
    return isinstance(value, dict) and list(value) == ["sealed"]


def _home(tx: Transaction) -> Path:
    if tx.home is None:
        raise ValueError("this warehouse was opened without a home: where are its keys?")
    return tx.home
