"""Keys derived from facts: the same fact gives the same key on any machine, for ever."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from uuid import UUID, uuid5

# Fixed once; changing it would let an old action be sent again.
NAMESPACE = UUID("5b0d7c34-6f0e-5c55-9b7e-2f5d2f1f6a10")

_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def canonical_text(fact: Mapping[str, object] | Sequence[object]) -> str:
    """Return `fact` as text that is equal whenever the fact is: sorted keys, no spaces.

    Amounts and days must already be text: a Decimal or date raises TypeError.
    """
    return _CANONICAL.encode(fact)


def digest(text: str | bytes) -> str:
    """Return the SHA-256 of `text` (UTF-8) as 64 hexadecimal characters."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def shard(customer: str) -> int:
    """Return the shard (0-255) of a head account or customer: first byte of its SHA-256."""
    return hashlib.sha256(customer.encode()).digest()[0]


def unit_key(customer: str, entity: str | None) -> str:
    """Return the key of a decision unit; `entity` is None when one customer is one unit."""
    return customer if entity is None else f"{customer}|{entity}"


def step_instance(unit: str, run: str, run_no: int, scenario: str, step: str) -> UUID:
    """Return the key of one step in one run of one unit.

    `run` is the leader's item id, or its due date when `run_scope` is `due_date`;
    `run_no` is 1 plus the restarts of that leader.
    """
    return uuid5(NAMESPACE, canonical_text([unit, run, run_no, scenario, step]))


def action_id(instance: UUID, occurrence: int, channel: str, role: str) -> str:
    """Return the key of one action: an occurrence of a step on a channel to a role."""
    return str(uuid5(NAMESPACE, canonical_text([str(instance), occurrence, channel, role])))


def one_off_id(unit: str, nonce: str) -> str:
    """Return the key of a person's one-off action; the same form nonce is the same action."""
    return str(uuid5(NAMESPACE, canonical_text(["one-off", unit, nonce])))
