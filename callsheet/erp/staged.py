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
class Staged:
    """`folder` holds `<table>.parquet`: every canonical column, typed, beside its text.

    `<money>_text`, `<day>_text` and `<flag>_text` are as delivered; `<money>_plain` is the number
    as text, `<money>_currency` the currency written beside it. `line`, `raw`, `fields` and `width`
    say where a row came from; `delivery` is the digest of the files and of the mapping that read
    them. An extract with history also has `issued_on` and `settled_on`.
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

    @property
    def home(self) -> Path:
        """Return the home folder that it is staged in, as `<home>/staging/<source>`."""
        return self.folder.parents[1]

    @property
    def mode(self) -> str:
        """Return `stock` or `delta`."""
        return self.mapping.mode
