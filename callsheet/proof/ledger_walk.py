"""The walk through the ledger: every hash recomputed from the bodies as they lie, block by block.

Every body is hashed anew and compared with its columns; numbers must leave no gap, in the ledger
and within a subject; roots and chain are rebuilt from the hashes just computed; and the chain must
meet every anchor kept outside. Nothing the database says of itself is believed.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from callsheet.in_memory import in_memory
from callsheet.proof.anchors import Anchor
from callsheet.proof.ledger import BEGINNING, Group, merkle_root
from callsheet.store.transaction import Transaction

_QUESTIONS = {
    file.stem: file.read_text(encoding="utf-8")
    for file in (Path(__file__).parents[1] / "sql" / "ledger").glob("*.sql")
}

FAULTS: Mapping[str, str] = {
    "duplicate": "its number is not the next one: an event has it twice, or it is too low",
    "missing": "there is no such event, though later ones or a commit group tell of it",
    "leaf": "its body is not what its leaf hash says",
    "body": "its body cannot be read",
    "misnumbered": "it is not the next event of its subject",
    "ungrouped": "it stands in no commit group",
    "group": "its commit group does not begin where the one before it ends",
    "root": "the events of its commit group do not give the root that is stored",
    "chain": "its commit group does not give the chain that is stored",
    "anchor": "the ledger leads to another chain than the one kept outside",
    "truncated": "the ledger ends before the last event that was anchored outside",
    "other_ledger": "the anchors kept outside are of another ledger",
}


@dataclass(frozen=True)
class Fault:
    """The first bad event: number `seq`; or one from there to `until`, when it cannot be told."""

    seq: int
    code: str
    until: int = 0
    found: str = ""

    @property
    def sentence(self) -> str:
        """Return what is wrong with it, in words."""
        return FAULTS.get(self.code, f"its column {self.code} is not what its body says")


@dataclass(frozen=True)
class Blocks:
    """How many rows are read and hashed together: it bounds the memory."""

    events: int = 50_000
    groups: int = 50_000


class _FaultFound(Exception):
    """The walk ends at the first fault."""

    def __init__(self, seq: int, code: str, until: int = 0, found: str = "") -> None:
        super().__init__(code)
        self.fault = Fault(seq, code, until, found)


class Walk:
    """One pass over events and groups in their order; it counts those found good."""

    def __init__(
        self, tx: Transaction, anchors: Mapping[int, Anchor], blocks: Blocks | None = None
    ) -> None:
        self._tx = tx
        self._blocks = blocks or Blocks()
        self._anchors = anchors
        self._vouched = 0  # the last event that an anchor speaks for
        self.events = 0
        self.groups = 0

    def first_fault(self) -> Fault | None:
        """Return the fault with the smallest number; None when there is none."""
        faults = []
        try:
            self._walk()
        except _FaultFound as end:
            faults.append(end.fault)
        for seq, subject, no, place in self._tx.fetch(_QUESTIONS["misnumbered"]):
            found = f"{subject}: event {no} where {place} should be"
            faults.append(Fault(seq, "misnumbered", found=found))
        return min(faults, key=lambda fault: fault.seq, default=None)

    def _walk(self) -> None:
        smallest, largest = self._tx.fetch(
            "select coalesce(min(ledger_seq), 1), coalesce(max(ledger_seq), 0) from event"
        )[0]
        if smallest < 1:
            raise _FaultFound(smallest, "duplicate")
        leaves = self._leaves(largest)
        chain = BEGINNING
        for group in self._stored_groups():
            chain = self._checked_chain(group, chain, leaves, largest)
        if self.events < largest:
            raise _FaultFound(self.events + 1, "ungrouped")
        self._look_beyond_the_end()

    def _checked_chain(
        self, group: Group, chain_before: str, leaves: Iterator[bytes], largest: int
    ) -> str:
        """Rebuild one group from its events; return its chain when all agrees."""
        first, last = self.events + 1, group.last_seq
        found = f"group {group.group_no}"
        if (group.group_no, group.first_seq) != (self.groups + 1, first) or last < first:
            raise _FaultFound(first, "group", found=found)
        if last > largest:
            raise _FaultFound(largest + 1, "missing", last, found)
        if merkle_root(islice(leaves, last - first + 1)).hex() != group.root:
            raise _FaultFound(first, "root", last, found)
        chain = group.chain_after(chain_before)
        if chain != group.chain:
            raise _FaultFound(first, "chain", last, found)
        self.groups += 1
        self._meet_anchor(group, chain)
        return chain

    def _meet_anchor(self, group: Group, chain: str) -> None:
        anchor = self._anchors.get(group.group_no)
        if anchor is None:
            return
        if (anchor.seq, anchor.chain) != (group.last_seq, chain):
            first, last = self._vouched + 1, max(anchor.seq, group.last_seq)
            raise _FaultFound(first, "anchor", last, f"anchor of {anchor.anchored_at}")
        self._vouched = group.last_seq

    def _look_beyond_the_end(self) -> None:
        beyond = [anchor for no, anchor in self._anchors.items() if no > self.groups]
        if beyond:
            last = max(beyond, key=lambda anchor: anchor.seq)
            found = f"the ledger ends with {self.events}, anchor of {last.anchored_at}: {last.seq}"
            raise _FaultFound(self._vouched + 1, "truncated", self.events + 1, found)

    def _leaves(self, largest: int) -> Iterator[bytes]:
        """Yield the hash of every body in its order, each block checked before it is used."""
        question = _QUESTIONS["checked_events"]
        with in_memory() as beside:
            beside.execute("set timezone = 'UTC'")
            for first in range(1, largest + 1, self._blocks.events):
                last = min(first + self._blocks.events - 1, largest)
                block = self._tx.arrow(_QUESTIONS["event_block"], first=first, last=last)
                leaves = [_hash(body) for body in block["body"].to_pylist()]
                hashes = pa.array((leaf.hex() for leaf in leaves), pa.string())
                beside.register("event_block", block.append_column("body_hash", hashes))
                faults = beside.execute(question, {"first": first}).to_arrow_table()
                _refuse_faults(faults, first, last)
                for leaf in leaves:
                    self.events += 1
                    yield leaf

    def _stored_groups(self) -> Iterator[Group]:
        """Yield the stored groups in their order."""
        rows: list[tuple[Any, ...]] = [(0,)]
        while rows:
            rows = self._tx.fetch(
                _QUESTIONS["group_block"], after=rows[-1][0], count=self._blocks.groups
            )
            for row in rows:
                yield Group(*row)


def _refuse_faults(checked: pa.Table, first: int, last: int) -> None:
    """Raise the first fault of a block, if it has one."""
    faults = checked["fault"].to_pylist()
    at = next((no for no, fault in enumerate(faults) if fault), None)
    if at is not None:
        code = faults[at]
        seq = first + at if code == "missing" else checked["ledger_seq"][at].as_py()
        raise _FaultFound(seq, code)
    if len(faults) < last - first + 1:
        raise _FaultFound(first + len(faults), "missing")


def _hash(body: str) -> bytes:
    """Return the SHA-256 of a body; with the processor's help, four times as fast as in SQL."""
    return hashlib.sha256(body.encode()).digest()
