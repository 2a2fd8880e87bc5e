"""A delivery that was judged: what may be published, what was set aside, and the counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from callsheet.erp.staged import Staged


@dataclass(frozen=True)
class SnapshotFiles:
    """The last good snapshot of a source: what a quarantined row falls back on.

    `clearings` are the files of every item that was ever cleared in a snapshot of the source.
    """

    snapshot_id: str
    on_day: date
    folder: Path
    clearings: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Counts:
    """Where the rows of one table went. `kept` are last good versions, beside the rows in."""

    rows_in: int
    loaded: int
    duplicates: int
    quarantined: int
    kept: int = 0

    def check(self, table: str) -> None:
        """Raise AssertionError unless every row went to exactly one place."""
        if self.rows_in != self.loaded + self.duplicates + self.quarantined:
            raise AssertionError(f"{table}: the counts do not add up: {self}")


@dataclass(frozen=True)
class Validated:
    """`folder` holds `<table>.parquet` with `mark`, `quarantine.parquet` and `report.html`.

    A table of an extract with history keeps `issued_on` and `settled_on`: `publish` derives any
    day from it.
    """

    staged: Staged
    folder: Path
    previous: SnapshotFiles | None
    counts: Mapping[str, Counts]
    by_code: Mapping[str, int]  # rows per reason code; a row may have several
    report: Path

    @property
    def quarantined(self) -> int:
        """Return how many rows were set aside in all tables."""
        return sum(counts.quarantined for counts in self.counts.values())
