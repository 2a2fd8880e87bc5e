"""What the anchors know and the ledger does not: the actions that may have left since a backup.

An anchor before a dispatch names the actions of the batch that may leave next. A ledger that is
older than its anchors has not seen what became of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from callsheet.proof.anchors import SUFFIX, Anchor, Occasion, anchors_in
from callsheet.store.transaction import Transaction

SET_ASIDE = ".replaced-at-group-{group}"


@dataclass(frozen=True)
class Beyond:
    """How far ledger and anchors agree, and what may have left after that."""

    place: Path  # the file of anchors
    group: int  # the last group that both know
    last_seq: int  # the last event that was anchored
    anchored_at: str
    actions: tuple[str, ...]

    @property
    def set_aside(self) -> Path:
        """Return where the file is kept when a new one is begun."""
        return self.place.with_name(self.place.name + SET_ASIDE.format(group=self.group))


def beyond(tx: Transaction, folder: Path, ledger: str) -> Beyond | None:
    """Return what the anchors tell beyond this ledger; None when it leads up to the last one."""
    place = folder / f"{ledger}{SUFFIX}"
    lines = anchors_in(place)
    if not lines:
        return None
    chains = dict(tx.fetch("select group_no, chain from batch_anchor"))
    known = [chains.get(line.group) == line.chain for line in lines]
    if known[-1]:
        return None
    last = lines[-1]
    group = max(
        (line.group for line, is_known in zip(lines, known, strict=True) if is_known), default=0
    )
    return Beyond(place, group, last.seq, last.anchored_at, _may_have_left(lines, known))


def _may_have_left(lines: Sequence[Anchor], known: Iterable[bool]) -> tuple[str, ...]:
    """Return the actions of every batch whose end the ledger has not seen.

    Batches of several entities may overlap: until as many have ended as began, all of them count.
    """
    begun: list[str] = []
    under_way = 0
    for line, is_known in zip(lines, known, strict=True):
        if line.why == Occasion.FIRST_SEND:
            under_way += 1
            begun += line.actions
        elif line.why == Occasion.BATCH_END and is_known:
            under_way = max(0, under_way - 1)
            begun = begun if under_way else []
    return tuple(dict.fromkeys(begun))
