"""The laboratory's table: what every run found, added up by point, engine and channel."""

import json
from collections.abc import Iterable
from pathlib import Path

COLUMNS = ("kills", "of these while recovering", "actions", "sent twice", "lost", "wrong state",
           "in doubt", "durable without outcome", "of the doubts, accepted")  # fmt: skip


def read(results: Path) -> list[dict[str, object]]:
    """Return what was found so far; a line that was cut off is played again."""
    if not results.exists():
        return []
    lines = results.read_text().splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("}\n")]


def tell(results: Path, report: Path | None) -> int:
    """Print the table, write it into `report`; 1 when anything is not as it must be."""
    found = read(results)
    table = "\n".join([*_by(found, "point", 0), "", *_by(found, "database and channel", 2, 3)])
    print(table)  # noqa: T201  # what the command is for
    if report:
        report.write_text(_between_marks(report.read_text(), table))
    return int(any(not is_clean(one) for one in found))


def is_clean(one: dict[str, object]) -> bool:
    spoiled = one["twice"] or one["lost"] or one["wrong"] or one["failed"]
    return not spoiled and one["doubts"] == one["unfinished"]


def _by(found: list[dict[str, object]], title: str, *places: int) -> Iterable[str]:
    yield f"| {title} | {' | '.join(COLUMNS)} |"
    yield "|---|" + "---|" * len(COLUMNS)
    groups: dict[str, list[dict[str, object]]] = {}
    for one in found:
        groups.setdefault(", ".join(str(one["key"][place]) for place in places), []).append(one)
    for name, group in groups.items():
        yield _row(name, group)
    yield _row("**all**", found)


def _row(name: str, group: list[dict[str, object]]) -> str:
    counts = (
        sum(one["kills"] for one in group),
        sum(one["kills_while_recovering"] for one in group),
        sum(one["actions"] for one in group),
        *(sum(len(one[key]) for one in group) for key in ("twice", "lost", "wrong")),
        sum(one["doubts"] for one in group),
        sum(one["unfinished"] for one in group),
        sum(one["doubts_accepted"] for one in group),
    )
    return f"| {name} | {' | '.join(f'{count:,}' for count in counts)} |"


def _between_marks(page: str, table: str) -> str:
    before, _, rest = page.partition("<!-- table -->\n")
    _, _, after = rest.partition("<!-- end -->\n")
    return f"{before}<!-- table -->\n{table}\n<!-- end -->\n{after}"
