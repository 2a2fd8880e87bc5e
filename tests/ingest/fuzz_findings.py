"""What came of spoilt files and pulls, and how it is told."""

import resource
from collections import Counter
from dataclasses import dataclass, field

from callsheet.errors import CallsheetError, PullRejected


@dataclass
class Found:
    """What came of the files or pulls: counts, and the failures with their numbers."""

    tried: int = 0
    read: int = 0
    rows: int = 0
    refused: Counter[str] = field(default_factory=Counter)  # by code: files, or whole pulls
    aside: Counter[str] = field(default_factory=Counter)  # by code: rows
    failures: list[str] = field(default_factory=list)
    cpu: float = 0.0
    peak_kb: int = 0

    def add(self, other: "Found") -> None:
        for name in ("tried", "read", "rows", "cpu"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.refused += other.refused
        self.aside += other.aside
        self.failures += other.failures
        self.peak_kb = max(self.peak_kb, other.peak_kb)

    def take_stock(self, cpu_before: float) -> "Found":
        self.cpu = cpu_now() - cpu_before
        self.peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return self


def cpu_now() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def code_of(refused: CallsheetError) -> str:
    return refused.code if isinstance(refused, PullRejected) else type(refused).__name__


def report(way: str, found: Found, wall: float) -> str:
    """Return what was found as a few lines."""

    def listed(counts: Counter[str]) -> str:
        return ", ".join(f"{code} {count:,}" for code, count in counts.most_common()) or "none"

    refused, failed = sum(found.refused.values()), len(found.failures)
    lines = (
        f"{way}: {found.tried:,} tried, {found.read:,} read, {refused:,} refused, {failed} failed",
        f"  rows         {found.rows:,}",
        f"  refused      {listed(found.refused)}",
        f"  set aside    {listed(found.aside)}",
        f"  cost         {found.cpu:,.0f} CPU s, {wall:,.0f} s, {found.peak_kb / 1e6:.2f} GB",
        *found.failures[:20],
    )
    return "\n".join(lines)
