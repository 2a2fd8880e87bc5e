"""A source that is a folder of files: pull it, and nothing is visible until it is published."""

import shutil
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import duckdb

from callsheet import clock
from callsheet.erp.csv_rows import read_csv
from callsheet.erp.delivery import Delivery, find_delivery
from callsheet.erp.mapping import Mapping, TableMapping, Written
from callsheet.erp.mapping_file import load_mapping
from callsheet.erp.notation import define_notation, wanted_columns
from callsheet.erp.parquet_rows import read_parquet
from callsheet.erp.record import Sheet
from callsheet.erp.staged import Staged
from callsheet.erp.staging import stage, written_rows
from callsheet.erp.workbook_rows import read_workbook
from callsheet.errors import PullRejected
from callsheet.keys import digest
from callsheet.settings import Source

READERS = {"csv": read_csv, "xlsx": read_workbook, "parquet": read_parquet}
_ENDINGS = {".xlsx": "xlsx", ".xlsm": "xlsx", ".parquet": "parquet"}


def pull(source: Source, as_of: date, home: Path, extracted_at: datetime) -> Staged:
    """Stage the delivery of `source` for the day `as_of`.

    Raises PullRejected when the delivery cannot be trusted as a whole, ConfigurationInvalid when
    its mapping is wrong. `as_of` names the files of the day where their names carry it.
    """
    mapping = load_mapping(source.mapping)
    delivery = find_delivery(source.folder, mapping, as_of, now=lambda: clock.now().timestamp())
    folder = _empty_folder(home / "staging" / source.name)
    rows_in: dict[str, int] = {}
    not_read: dict[str, tuple[str, ...]] = {}
    with duckdb.connect() as con:
        define_notation(con)
        for name, table in mapping.tables.items():
            sheets = list(_sheets(name, table, delivery))
            known = {*wanted_columns(name, table)}
            not_read[name] = tuple(
                column for sheet in sheets[:1] for column in sheet.header if column not in known
            )
            rows_in[name] = stage(con, folder, name, table, sheets)
            _check_not_empty(name, table, rows_in[name], bool(sheets))
    delivery.check_unmoved()
    return Staged(
        source=source.name,
        as_of=as_of,
        folder=folder,
        delivery=digest(delivery.digest + digest(source.mapping.read_bytes())),
        extracted_at=extracted_at,
        mapping=mapping,
        rows_in=rows_in,
        file_names={name: tuple(f.name for f in files) for name, files in delivery.files.items()},
        not_read=not_read,
    )


def _sheets(name: str, table: TableMapping, delivery: Delivery) -> Iterator[Sheet]:
    if table.rows is not None:
        yield written_rows(name, table)
        return
    for path in delivery.files[name]:
        yield READERS[_format(path, table.written)](path, table.written, table.source_columns())


def _format(path: Path, written: Written) -> str:
    if written.format is not None:
        return written.format
    ending = path.with_suffix("").suffix if path.suffix in {".gz", ".zip"} else path.suffix
    return _ENDINGS.get(ending.lower(), "csv")


def _check_not_empty(name: str, table: TableMapping, rows: int, delivered: bool) -> None:
    """An empty file is never read as 'everything is paid' unless the mapping allows it."""
    if rows or not delivered or table.rows is not None or table.written.allow_empty:
        return
    raise PullRejected(
        "empty_set",
        f"{table.file}: a header and no row for {name}\n"
        "  do           if the table may be empty, write `allow_empty: true` under written",
    )


def _empty_folder(folder: Path) -> Path:
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    return folder


def mapping_of(source: Source) -> Mapping:
    """Return the mapping of `source`; ConfigurationInvalid lists everything wrong in it."""
    return load_mapping(source.mapping)
