"""The figures of the dispatch's benchmark, printed as they come and written into a page."""

import os
import statistics
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

PARTS = ("render", "build", "send", "record", "orchestration")
COLUMNS = ("what", "e-mails", *(f"{part} ms" for part in PARTS), "orchestration + record ms",
           "all ms", "× the bare loop", "wall s", "peak memory MB")  # fmt: skip
BEGIN, END = "<!-- figures -->\n", "<!-- end -->\n"

Costs = Mapping[str, float]  # CPU seconds a message by part; wall seconds and MB of the whole


class Report:
    """A table of medians that grows; with a page, it is written there between two marks."""

    def __init__(self, page: Path | None) -> None:
        self._page = page
        self._lines: list[str] = []
        self._tell(f"| {' | '.join(COLUMNS)} |", "|---|" + "---|" * (len(COLUMNS) - 1))

    def add(self, channel: str, count: int, runs: Sequence[tuple[Costs, Costs]]) -> None:
        """Add what sending `count` messages cost us, and the bare loop, in each run."""
        ours, loops = zip(*runs, strict=True)
        times = [total(one) / total(loop) for one, loop in runs]
        self._tell(
            _row(f"bare loop, {channel}", count, loops, [1.0]),
            _row(f"Callsheet, {channel}", count, ours, times),
        )

    def _tell(self, *lines: str) -> None:
        print(*lines, sep="\n", flush=True)
        self._lines += lines
        if self._page and len(self._lines) > len(lines):
            before, _, rest = self._page.read_text("utf-8").partition(BEGIN)
            after = rest.partition(END)[2]
            figures = "\n".join([*self._lines, "", _made(), ""])
            self._page.write_text(f"{before}{BEGIN}{figures}{END}{after}", "utf-8")


def total(one: Costs) -> float:
    """Return CPU seconds a message, all parts together."""
    return sum(one.get(part, 0.0) for part in PARTS)


def _row(what: str, count: int, runs: Sequence[Costs], times: Sequence[float]) -> str:
    median = {
        key: statistics.median(one.get(key, 0.0) for one in runs)
        for key in (*PARTS, "wall", "memory")
    }
    cells = [
        what,
        f"{count:,}",
        *(f"{median[part] * 1000:.3f}" for part in PARTS),
        f"{(median['orchestration'] + median['record']) * 1000:.3f}",
        _spread([total(one) * 1000 for one in runs]),
        _spread(times),
        f"{median['wall']:.0f}",
        f"{median['memory']:.0f}",
    ]
    return f"| {' | '.join(cells)} |"


def _spread(figures: Sequence[float]) -> str:
    middle = f"{statistics.median(figures):.2f}"
    return middle if len(figures) == 1 else f"{middle} ({min(figures):.2f}–{max(figures):.2f})"


def _made() -> str:
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    command = " ".join(["python", "benchmarks/bench_dispatch.py", *sys.argv[1:]])
    day = f"{datetime.now(UTC):%d %B %Y}"
    return f"Run on {day} with `{command}`; load {load} on {os.cpu_count()} cores."
