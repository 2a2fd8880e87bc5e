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
    "bare_delivered": "bare group-by over the items as delivered, by customer and entity",
    "bare_by_text": "bare group-by over the items as kept, by customer and entity",
    "bare": "bare group-by over the items as kept, by the account's number",
    "full": "full decision, all accounts",
    "incremental": "incremental decision, 5 % of the accounts",
    "looking": "finding the items and actions of these 5 %, and judging each",
    "changed": "finding the changed accounts (fingerprints)",
    "rebuild": "rebuild: fold all events, judge all items, keep them",
}
DATA = (
    "with its default threads and memory limit. Ten items and twenty events an account, three"
    " currencies, half the accounts with credits, displaced leaders, 5 % pending"
    " (`benchmarks/unkind_receivables.py`). Medians; in brackets the least and the most."
)
PARTS = (
    "A decision has two steps. The first finds the items and actions of the accounts looked at and"
    " says of each item what it is today (out, collectable, a candidate, finished), of each account"
    " its scenario, contacts and open proposals. The second decides: from there to the nine columns"
    " (`engine.look_at_accounts`, then `engine.decide_accounts`). The full and the incremental"
    " decision below are the second step, over all accounts and over 5 %. The first step over 5 %"
    " is a row of its own; over all accounts it is part of the rebuild, which also folds each event"
    " and writes everything down, a share of the customers at a time, with DuckDB's memory limit at"
    " 1 GB. Finding the changed accounts reads the files that a snapshot holds; one account in"
    " twenty differs and one in a thousand is new. The bare group-by is sum and least due date per"
    " account, in three forms: over the items as the snapshot's file delivers them (Parquet), over"
    " the kept rows (DuckDB), and over these by one number of our own for customer and entity."
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
    bare = [_cpu(parts[name]) for name in ("bare_delivered", "bare_by_text", "bare")]
    lines = [
        "| part | CPU s | wall s | peak GB | x bare, delivered | x bare, kept | x bare, number |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, runs in parts.items():
        cpu = [run.cpu for run in runs]
        lines.append(
            f"| {TITLES[name]} | {median(cpu):.2f} ({min(cpu):.2f}-{max(cpu):.2f})"
            f" | {median(run.wall for run in runs):.2f} | {max(run.peak for run in runs):.2f}"
            f" | {' | '.join(f'{median(cpu) / one:.2f}' for one in bare)} |"
        )
    return lines


def _growth(taken: Mapping[int, Mapping[str, Sequence[Figures]]]) -> list[str]:
    lines = [
        "| items | full, CPU s a million | bare, CPU s a million | full, off the line |",
        "|---|---|---|---|",
    ]
    few, many = min(taken), max(taken)
    least, most = (_cpu(taken[items]["full"]) for items in (few, many))
    slope = (most - least) / ((many - few) or 1)
    for items, parts in taken.items():
        full, bare = (_cpu(parts[name]) / items * 1_000_000 for name in ("full", "bare"))
        off = _cpu(parts["full"]) / (least + slope * (items - few)) - 1
        lines.append(f"| {items:,} | {full:.3f} | {bare:.3f} | {off:+.0%} |")
    lines += [
        "",
        _line(few, many, least - slope * few, slope * 1_000_000),
    ]
    return lines


def _line(few: int, many: int, fixed: float, per_million: float) -> str:
    return (
        f"The line goes through {few:,} and {many:,} items: {fixed:.2f} CPU s whatever the size"
        f" (planning the queries), and {per_million:.3f} per million items."
    )


def _cpu(runs: Sequence[Figures]) -> float:
    return median(run.cpu for run in runs)
