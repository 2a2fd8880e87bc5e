"""A delivery that was read but not yet judged: one Parquet file per table, invisible to anyone."""

from collections.abc import Mapping as Entries
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from callsheet.erp.mapping import Mapping

# The line of a row in the second, third … file of a table is counted from this upwards.
LINES_PER_FILE = 100_000_000


def staging_of(home: Path, source: str) -> Path:
    """Return where the deliveries of a source are staged."""
    return home / "staging" / source


@dataclass(frozen=True)
class Drift:
    """How far the changes of many pulls had come from what the ERP holds; 0 when all is well."""

    vanished: int  # items the ERP does not have any more, and no change said so
    missed: int  # items the ERP has, and no change said so
    differing: int  # items with another open amount

    def as_counts(self) -> dict[str, int]:
        """Return the counts as the history keeps them."""
        return {f"drift_{name}": number for name, number in vars(self).items()}


@dataclass(frozen=True)
class Staged:
    """`folder` holds `<table>.parquet`: every canonical column, typed, beside its text.

    `<money>_text`, `<day>_text` and `<flag>_text` are as delivered; `<money>_plain` is the number
    as text, `<money>_currency` the currency written beside it. `line`, `raw`, `fields` and `width`
    say where a row came from, `is_plain` that all its text is printable ASCII; `delivery` is the
    digest of the files and of the mapping that read them. An extract with history also has
    `issued_on` and `settled_on`.
    """

    source: str
    as_of: date
    folder: Path
    delivery: str
    extracted_at: datetime
    mapping: Mapping
    rows_in: Entries[str, int]
    file_names: Entries[str, tuple[str, ...]]
    not_read: Entries[str, tuple[str, ...]]  # columns of the files that nothing reads
    drift: Drift | None = None  # of a whole pull after pulls of changes

    @property
    def home(self) -> Path:
        """Return the home folder that it is staged in, as `<home>/staging/<source>`."""
        return self.folder.parents[1]

    @property
    def mode(self) -> str:
        """Return `stock` or `delta`."""
        return self.mapping.mode
