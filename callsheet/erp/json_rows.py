"""Rows of a service as a sheet: text in the declared notation, counted against what it says."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from callsheet.erp.cell import cell_text
from callsheet.erp.mapping import Written
from callsheet.erp.record import Record, Sheet
from callsheet.errors import PullRejected

_TOLD_EVERY = 1000


@dataclass
class CountBetween:
    """How many rows there were before and after the reading: those read must lie between.

    A service has no one moment: rows come and go while it is read.
    """

    ask: Callable[[], int | None]
    _before: int | None = field(default=None, init=False)

    def begin(self) -> None:
        """Ask for the first time."""
        self._before = self.ask()

    def check(self, where: str, rows: int) -> None:
        """Raise PullRejected `count_mismatch` unless `rows` is what there is."""
        after = self.ask() if self._before is not None else None
        if self._before is None or after is None:
            return
        if not min(self._before, after) <= rows <= max(self._before, after):
            raise PullRejected(
                "count_mismatch", f"{where}: {after} rows are there, {rows} were given"
            )


def sheet_of(
    header: tuple[str, ...],
    rows: Iterable[dict[str, Any]],
    written: Written,
    check: CountBetween,
    told: Callable[[int], None],
) -> Sheet:
    """Return rows by name as a sheet; a row's line is its number, from 1."""
    return Sheet(header, _records(header, rows, written, check, told))


def _records(
    header: tuple[str, ...],
    rows: Iterable[dict[str, Any]],
    written: Written,
    check: CountBetween,
    told: Callable[[int], None],
) -> Iterator[Record]:
    check.begin()
    line = 0
    for line, row in enumerate(rows, start=1):
        fields = tuple(cell_text(row.get(name), written) for name in header)
        yield Record(line, "\t".join("" if one is None else one for one in fields), fields)
        if line % _TOLD_EVERY == 0:
            told(line)
    told(line)
    check.check("the answer", line)
