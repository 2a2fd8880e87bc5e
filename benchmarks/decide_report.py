"""The figures of the decision's benchmark as a page: medians, spread, ratios and growth."""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import duckdb

TITLES = {
    "bare": "bare group-by, by account number",
    "bare_by_text": "bare group-by, by customer and entity",
    "bare_delivered": "the same over the items as delivered",
    "full": "full decision, all accounts",
    "incremental": "incremental decision, 5 % of the accounts",
    "changed": "finding the changed accounts (fingerprints)",
    "rebuild": "rebuild: fold all events, look at all items, keep them",
}
DATA = (
    "with its default threads and memory limit. Ten items and twenty events an account, three"
    " currencies, half the accounts with credits, displaced leaders, 5 % pending"
    " (`benchmarks/unkind_receivables.py`). Medians; in brackets the least and the most."
)
PARTS = (
    "The full and the incremental decision start from what was kept of each item and account (the"
    " items' flags, the assigned scenarios, the contacts, the failed steps, the open proposals) and"
    " end with the nine columns and the dates of review. The incremental one finds its accounts in"
    " the whole of it. The rebuild makes and keeps all that from nothing, a share of the customers"
    " at a time, with DuckDB's memory limit at 1 GB. Finding the changed accounts reads the items"
    " as they are delivered, which have no account number."
)
TARGETS = (
    "Wanted at 10M items: full under 8 x and 2 GB, incremental under 0.6 x, changed under 2 x."
)


@dataclass(frozen=True)
class Figures:
    """What one run took: CPU and wall seconds, peak of resident memory in GB."""

    cpu: float
    wall: float
    peak: float


def write_report(
    path: Path, taken: Mapping[int, Mapping[str, Sequence[Figures]]], unequal: Mapping[int, int]
) -> None:
    """Write the page."""
    machine = (
        f"{datetime.now(UTC):%Y-%m-%d}, `make bench-decide`, {os.cpu_count()} cores,"
        f" {platform.machine()}, Python {platform.python_version()}, DuckDB {duckdb.__version__}"
    )
    lines = ["# What deciding costs", "", f"{machine} {DATA}", "", PARTS, "", TARGETS]
    for items, parts in taken.items():
        lines += ["", f"## {items:,} items", "", *_table(parts), ""]
        lines.append(
            f"The incremental decision differs from the full one in {unequal[items]} rows."
        )
    lines += ["", "## Growth", "", *_growth(taken)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _table(parts: Mapping[str, Sequence[Figures]]) -> list[str]:
    number, text = (_cpu(parts[name]) for name in ("bare", "bare_by_text"))
    lines = [
        "| part | CPU s | wall s | peak GB | x bare (number) | x bare (text) |",
        "|---|---|---|---|---|---|",
    ]
    for name, runs in parts.items():
        cpu = [run.cpu for run in runs]
        lines.append(
            f"| {TITLES[name]} | {median(cpu):.2f} ({min(cpu):.2f}-{max(cpu):.2f})"
            f" | {median(run.wall for run in runs):.2f} | {max(run.peak for run in runs):.2f}"
            f" | {median(cpu) / number:.2f} | {median(cpu) / text:.2f} |"
        )
    return lines


def _growth(taken: Mapping[int, Mapping[str, Sequence[Figures]]]) -> list[str]:
    lines = [
        "| items | full, CPU s per million items | bare, CPU s per million items |",
        "|---|---|---|",
    ]
    for items, parts in taken.items():
        full, bare = (_cpu(parts[name]) / items * 1_000_000 for name in ("full", "bare"))
        lines.append(f"| {items:,} | {full:.3f} | {bare:.3f} |")
    if len(taken) > 1:
        (few, _), (many, _) = min(taken.items()), max(taken.items())
        least, most = (_cpu(taken[items]["full"]) for items in (few, many))
        slope = (most - least) / (many - few)
        lines += ["", _line(few, many, least - slope * few, slope * 1_000_000)]
    return lines


def _line(few: int, many: int, fixed: float, per_million: float) -> str:
    return (
        f"A line through {few:,} and {many:,} items: {fixed:.2f} CPU s whatever the size (planning"
        f" the queries), and {per_million:.3f} per million items."
    )


def _cpu(runs: Sequence[Figures]) -> float:
    return median(run.cpu for run in runs)
