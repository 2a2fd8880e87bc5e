"""A source that is a folder of files, complete before it is read and unmoved after it was."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from callsheet import clock
from callsheet.erp.csv_rows import read_csv
from callsheet.erp.delivery import Delivery, find_delivery, wanted_names
from callsheet.erp.mapping import Mapping, Written
from callsheet.erp.parquet_rows import read_parquet
from callsheet.erp.record import Sheet
from callsheet.erp.source import (
    EVERYTHING,
    Asked,
    Discovery,
    Progress,
    Unavailable,
    in_silence,
)
from callsheet.erp.workbook_rows import read_workbook
from callsheet.object_storage import ObjectFolder, StorageUnavailable

READERS = {"csv": read_csv, "xlsx": read_workbook, "parquet": read_parquet}
_ENDINGS = {".xlsx": "xlsx", ".xlsm": "xlsx", ".parquet": "parquet"}


@dataclass(frozen=True)
class FolderSource:
    """A folder into which the ERP drops its files. Their words say nothing of changes."""

    folder: Path | ObjectFolder
    mapping: Mapping
    by_changes: frozenset[str] = frozenset()
    by_customer: frozenset[str] = frozenset()

    def discover(self) -> Discovery:
        """Say which folder it is; how many rows a file has is known when it was read."""
        delivered = [name for name, table in self.mapping.tables.items() if table.file]
        return Discovery(f"folder {_shown(self.folder)}", dict.fromkeys(delivered))

    @contextmanager
    def reading(self, as_of: date, progress: Progress = in_silence) -> Iterator["_Files"]:
        """Find the delivery of the day; `as_of` names its files where their names carry it."""
        with _brought(self.folder, self.mapping, as_of) as folder:
            delivery = find_delivery(
                folder, self.mapping, as_of, lambda: clock.now().timestamp(), _shown(self.folder)
            )
            yield _Files(self.mapping, delivery)
            delivery.check_unmoved()


@dataclass(frozen=True)
class _Files:
    """The delivery that is read."""

    mapping: Mapping
    found: Delivery

    @property
    def delivery(self) -> str:
        """Return the digest of the files."""
        return self.found.digest

    def sheets(self, name: str, asked: Asked = EVERYTHING) -> Iterator[Sheet]:
        """Yield the rows of each file of a table."""
        table = self.mapping.tables[name]
        for path in self.found.files[name]:
            yield READERS[_format(path, table.written)](path, table.written, table.source_columns())

    def origins(self, name: str) -> tuple[str, ...]:
        """Return the names of the table's files."""
        return tuple(path.name for path in self.found.files.get(name, ()))

    def count(self, name: str) -> int | None:
        """A file says how many rows it has in its trailer, which its reader checks."""
        return None


def _shown(place: Path | ObjectFolder) -> str:
    return place.shown if isinstance(place, ObjectFolder) else str(place)


@contextmanager
def _brought(place: Path | ObjectFolder, mapping: Mapping, as_of: date) -> Iterator[Path]:
    """Give a local folder; the files of object storage are in it as long as they are read."""
    if isinstance(place, Path):
        yield place
        return
    with TemporaryDirectory(prefix="callsheet-") as name:
        folder = Path(name)
        try:
            there = place.names()
            wanted = sorted(wanted_names(there, mapping, as_of) - {".", ".."})
            place.get(wanted, "", folder)
        except StorageUnavailable as problem:
            raise Unavailable(str(problem)) from problem
        for file in wanted:
            os.utime(folder / file, (there[file], there[file]))
        yield folder


def _format(path: Path, written: Written) -> str:
    if written.format is not None:
        return written.format
    ending = path.with_suffix("").suffix if path.suffix in {".gz", ".zip"} else path.suffix
    return _ENDINGS.get(ending.lower(), "csv")
