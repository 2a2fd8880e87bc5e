"""The ledger's seal: a Merkle root for each commit group, and the roots chained.

A group is what was recorded together. Its root is over the leaf hashes of its events in their
order; its chain is the hash of the group and of the chain before it. So the chain of the last
group speaks for every event up to it: kept elsewhere (`anchors`), it proves them. The first
group's chain names the ledger.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from callsheet.keys import canonical_text, digest
from callsheet.store.transaction import Transaction

SEAL_VERSION = 1
BEGINNING = ""  # the chain before the first group
_NODE = b"\x01"  # no body begins with it: a node is never taken for a leaf
_INSERT = (  # one row: a bulk insert would take five times as long
    "insert into batch_anchor (group_no, first_seq, last_seq, root, chain)"
    " values ($group_no, $first_seq, $last_seq, $root, $chain)"
)
_SELECT = (
    "select group_no, first_seq, last_seq, root, chain from batch_anchor where group_no = $group_no"
)
_NEWEST = "newest group"  # among what a transaction knows
_NAME_CHARACTERS = 32
_CHUNK = 1024  # leaves hashed together; a power of two


@dataclass(frozen=True)
class Group:
    """One commit group as it is stored."""

    group_no: int
    first_seq: int
    last_seq: int
    root: str
    chain: str

    def chain_after(self, chain_before: str) -> str:
        """Return the chain that this group must have, given the one before it."""
        fact = [self.group_no, self.first_seq, self.last_seq, self.root, chain_before]
        return digest(canonical_text([SEAL_VERSION, *fact]))


def seal(tx: Transaction, before: Group | None, leaf_hashes: Sequence[str]) -> None:
    """Write the group that follows `before`, in the transaction that records its events."""
    last_seq = before.last_seq if before else 0
    group = Group(
        group_no=before.group_no + 1 if before else 1,
        first_seq=last_seq + 1,
        last_seq=last_seq + len(leaf_hashes),
        root=merkle_root(map(bytes.fromhex, leaf_hashes)).hex(),
        chain="",
    )
    group = replace(group, chain=group.chain_after(before.chain if before else BEGINNING))
    tx.execute(_INSERT, **vars(group))
    tx.known[_NEWEST] = group


def last_group(tx: Transaction) -> Group | None:
    """Return the newest group; None when nothing was ever recorded."""
    known = tx.known.get(_NEWEST)
    if isinstance(known, Group):
        return known
    [(newest,)] = tx.fetch("select max(group_no) from batch_anchor")
    rows = tx.fetch(_SELECT, group_no=newest)
    return Group(*rows[0]) if rows else None


def ledger_id(tx: Transaction) -> str:
    """Return the name of this ledger; '' when nothing was ever recorded."""
    rows = tx.fetch("select chain from batch_anchor where group_no = 1")
    return name_of_ledger(rows[0][0]) if rows else ""


def name_of_ledger(first_chain: str) -> str:
    """Return the name of the ledger whose first group has this chain."""
    return first_chain[:_NAME_CHARACTERS]


def merkle_root(leaves: Iterable[bytes]) -> bytes:
    """Return the root of the tree over `leaves` in their order (RFC 6962's shape), streaming.

    ValueError when there is no leaf.
    """
    left: list[tuple[int, bytes]] = []  # roots of whole chunks, each level at most once
    waiting = iter(leaves)
    while chunk := list(islice(waiting, _CHUNK)):
        level, node = 0, _small_root(chunk)
        while len(chunk) == _CHUNK and left and left[-1][0] == level:
            node = _node(left.pop()[1], node)
            level += 1
        left.append((level, node))
    if not left:
        raise ValueError("a group without events has no root")
    root = left.pop()[1]
    for _, node in reversed(left):
        root = _node(node, root)
    return root


def _small_root(nodes: list[bytes]) -> bytes:
    """Return the root of a few nodes, level by level; an odd one goes up as it is."""
    sha256 = hashlib.sha256
    while len(nodes) > 1:
        pairs = zip(nodes[::2], nodes[1::2], strict=False)
        above = [sha256(_NODE + one + other).digest() for one, other in pairs]
        nodes = [*above, nodes[-1]] if len(nodes) % 2 else above
    return nodes[0]


def _node(one: bytes, other: bytes) -> bytes:
    return hashlib.sha256(_NODE + one + other).digest()
