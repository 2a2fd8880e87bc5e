"""Verification: is the record complete, and is it what was anchored outside?"""

from dataclasses import dataclass
from pathlib import Path

from callsheet.proof.anchors import read_anchors
from callsheet.proof.ledger import ledger_id
from callsheet.proof.ledger_walk import Fault, Walk
from callsheet.store.warehouse import Warehouse


@dataclass(frozen=True)
class Verdict:
    """What a verification came to; `fault` is the first one, None when there is none."""

    ledger: str
    events: int  # found good, from the first on
    groups: int
    anchors: int  # of these groups
    anchored_through: int  # nobody can prove anything of the events after this one
    unreadable_lines: int
    other_ledgers: tuple[str, ...]
    fault: Fault | None

    @property
    def unanchored(self) -> int:
        """How many events came after the last anchor."""
        return max(0, self.events - self.anchored_through)

    @property
    def is_proved(self) -> bool:
        """Say whether no fault was found and something outside vouches for the ledger alone."""
        vouched = bool(self.anchored_through) or not self.events
        return self.fault is None and vouched and not self.other_ledgers

    def as_text(self) -> dict[str, object]:
        """Return it as plain data."""
        fault = self.fault
        return {
            "ledger": self.ledger,
            "intact": fault is None,
            "proved": self.is_proved,
            "events": self.events,
            "groups": self.groups,
            "anchors": self.anchors,
            "anchored_through": self.anchored_through,
            "unanchored": self.unanchored,
            "unreadable_anchor_lines": self.unreadable_lines,
            "other_ledgers": list(self.other_ledgers),
            "first_bad_seq": fault.seq if fault else None,
            "last_bad_seq_possible": max(fault.until, fault.seq) if fault else None,
            "fault": fault.code if fault else "",
            "says": fault.sentence if fault else "",
            "found": fault.found if fault else "",
        }


def verify(warehouse: Warehouse, folder: Path) -> Verdict:
    """Recompute the ledger and compare it with the anchors that `folder` keeps of it.

    A folder that knows only one ledger vouches for that one: a forged first group has another
    name. The anchors are read first: what is anchored meanwhile is later than what is looked at.
    """
    with warehouse.reading() as tx:
        name = ledger_id(tx)
    known = read_anchors(folder, name)
    if not known.by_group and len(known.other_ledgers) == 1:
        known = read_anchors(folder, known.other_ledgers[0])
    with warehouse.reading() as tx:
        walk = Walk(tx, known.by_group)
        fault = walk.first_fault()
    if known.other_ledgers and not known.by_group:
        fault = Fault(1, "other_ledger", found=", ".join(known.other_ledgers))
    met = [one.seq for no, one in known.by_group.items() if no <= walk.groups]
    return Verdict(
        ledger=name,
        events=walk.events,
        groups=walk.groups,
        anchors=len(met),
        anchored_through=max(met, default=0),
        unreadable_lines=known.unreadable_lines,
        other_ledgers=known.other_ledgers,
        fault=fault,
    )
