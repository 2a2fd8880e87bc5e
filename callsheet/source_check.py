"""Try a source without any effect: connect, count, read, judge, and show what would be loaded."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from callsheet.canonical import TABLES
from callsheet.erp.mapping_file import load_mapping
from callsheet.erp.pull import pull
from callsheet.erp.source import Progress, in_silence
from callsheet.erp.sources import open_source
from callsheet.erp.staged import Staged
from callsheet.in_memory import in_memory
from callsheet.settings import Settings, Source
from callsheet.validation.reasons import REASON_OF
from callsheet.validation.validated import Counts, Validated

_SHOWN_ROWS = 10
_SHOWN_FAULTS = 10
_SHOWN_COLUMNS = (
    "item", "customer", "entity", "kind", "issue_date", "due_date", "currency", "open_amount",
)  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """A row that would be set aside, and why."""

    table: str
    row: str
    code: str
    found: str

    @property
    def says(self) -> str:
        """Return the reason as a person reads it."""
        return REASON_OF[self.code].says


@dataclass(frozen=True)
class SourceCheck:
    """What a source would deliver. `rows` are the first mapped open items."""

    source: str
    product: str
    there: Mapping[str, int | None]  # rows that the ERP counts
    counts: Mapping[str, Counts]
    rows: tuple[Mapping[str, Any], ...]
    by_code: Mapping[str, int]
    faults: tuple[Fault, ...]

    @property
    def is_clean(self) -> bool:
        """Say whether every row would be loaded."""
        return not self.by_code

    def as_text(self) -> dict[str, object]:
        """Return the check as plain data."""
        return {
            "source": self.source,
            "product": self.product,
            "tables": {
                name: {
                    "in_the_erp": self.there.get(name), "rows_in": counts.rows_in,
                    "loaded": counts.loaded, "duplicates": counts.duplicates,
                    "quarantined": counts.quarantined,
                }
                for name, counts in self.counts.items()
            },
            "rows": [{key: str(cell) for key, cell in row.items()} for row in self.rows],
            "by_code": dict(self.by_code),
            "faults": [fault.__dict__ for fault in self.faults],
        }  # fmt: skip


def check_source(
    settings: Settings, source: Source, as_of: date, now: datetime, progress: Progress = in_silence
) -> SourceCheck:
    """Return what a full pull of `source` would load and set aside; nothing is kept of it.

    PullRejected when the delivery would be refused as a whole. Rows are judged as if nothing had
    been loaded before.
    """
    from callsheet.validation.sorting import validate  # takes seconds to import

    mapping = load_mapping(source.mapping)
    discovery = open_source(source, mapping, settings.secrets).discover()
    with TemporaryDirectory(prefix="callsheet-check-") as home:
        staged = pull(source, as_of, Path(home), now, secrets=settings.secrets, progress=progress)
        rows = _first_rows(staged)
        validated = validate(staged, None)
        return SourceCheck(
            source=source.name,
            product=discovery.product,
            there=discovery.rows,
            counts=validated.counts,
            rows=rows,
            by_code=validated.by_code,
            faults=_faults(validated),
        )


def _first_rows(staged: Staged) -> tuple[Mapping[str, Any], ...]:
    path = staged.folder / "open_items.parquet"
    if not path.exists():
        return ()
    columns = [c.name for c in TABLES["open_items"].columns if c.name in _SHOWN_COLUMNS]
    with in_memory() as con:
        rows = con.read_parquet(str(path)).order("line").select(*columns).limit(_SHOWN_ROWS)
        return tuple(dict(zip(rows.columns, row, strict=True)) for row in rows.fetchall())


def _faults(validated: Validated) -> tuple[Fault, ...]:
    with in_memory() as con:
        rows = con.read_parquet(str(validated.folder / "quarantine.parquet"))
        first = rows.select("table_name", "row_key", "code", "found").limit(_SHOWN_FAULTS)
        return tuple(Fault(*row) for row in first.fetchall())
