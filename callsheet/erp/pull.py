"""Pull a source: stage every table it gives; nothing is visible until it is published."""

import shutil
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

from callsheet.erp.mapping import Mapping, TableMapping
from callsheet.erp.mapping_file import load_mapping
from callsheet.erp.notation import wanted_columns
from callsheet.erp.record import Sheet
from callsheet.erp.source import Asked, Progress, Tables, in_silence
from callsheet.erp.sources import NO_SECRETS, Secrets, open_source
from callsheet.erp.staged import Staged
from callsheet.erp.staging import stage, typing_connection, written_rows
from callsheet.errors import PullRejected
from callsheet.keys import canonical_text, digest
from callsheet.settings import Source


def pull(
    source: Source,
    as_of: date,
    home: Path,
    extracted_at: datetime,
    *,
    secrets: Secrets = NO_SECRETS,
    since: datetime | None = None,
    progress: Progress = in_silence,
) -> Staged:
    """Stage what `source` gives for the day `as_of`: everything, or what changed `since`.

    Raises PullRejected when it cannot be trusted as a whole, ConfigurationInvalid when its file is
    wrong. A table that cannot be asked for changes is read whole all the same.
    """
    mapping = load_mapping(source.mapping)
    erp = open_source(source, mapping, secrets)
    by_changes = erp.by_changes if since is not None else frozenset()
    mapping = _by_changes(mapping, by_changes)
    folder = _empty_folder(home / "staging" / source.name)
    rows_in: dict[str, int] = {}
    not_read: dict[str, tuple[str, ...]] = {}
    with typing_connection() as con, erp.reading(as_of, progress) as tables:
        for name, table in mapping.tables.items():
            asked = Asked(since=since if name in by_changes else None)
            sheets = list(_sheets(name, table, tables, asked))
            not_read[name] = _not_read(name, table, sheets)
            rows_in[name] = stage(con, folder, name, table, sheets)
            if name not in by_changes:
                _check_not_empty(name, table, rows_in[name], bool(sheets))
        origins = {n: tables.origins(n) for n, t in mapping.tables.items() if t.rows is None}
        read = tables.delivery or canonical_text([source.name, extracted_at.isoformat()])
    return Staged(
        source=source.name,
        as_of=as_of,
        folder=folder,
        delivery=digest(read + digest(source.mapping.read_bytes())),
        extracted_at=extracted_at,
        mapping=mapping,
        rows_in=rows_in,
        file_names=origins,
        not_read=not_read,
    )


def _by_changes(mapping: Mapping, names: frozenset[str]) -> Mapping:
    """Return the mapping of a pull of changes: `names` are added to what is known already."""
    if not names:
        return mapping
    tables = {
        name: table.model_copy(update={"mode": "delta" if name in names else "stock"})
        for name, table in mapping.tables.items()
    }
    return mapping.model_copy(update={"mode": "delta", "tables": tables})


def _sheets(name: str, table: TableMapping, tables: Tables, asked: Asked) -> Iterable[Sheet]:
    if table.rows is not None:
        return [written_rows(name, table)]
    return tables.sheets(name, asked)


def _not_read(name: str, table: TableMapping, sheets: list[Sheet]) -> tuple[str, ...]:
    """Return the columns of the first sheet that nothing reads."""
    known = {*wanted_columns(name, table)}
    return tuple(column for sheet in sheets[:1] for column in sheet.header if column not in known)


def _check_not_empty(name: str, table: TableMapping, rows: int, delivered: bool) -> None:
    """An empty answer is never read as 'everything is paid' unless the mapping allows it."""
    if rows or not delivered or table.rows is not None or table.written.allow_empty:
        return
    raise PullRejected(
        "empty_set",
        f"{table.file or table.query or table.path}: no row for {name}\n"
        "  do           if the table may be empty, write `allow_empty: true` under written",
    )


def _empty_folder(folder: Path) -> Path:
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    return folder
