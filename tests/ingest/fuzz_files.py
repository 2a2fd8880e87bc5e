"""Spoilt files through reader, mapping and typing: one table, written down in many ways."""

import io
import random
import tempfile
import traceback
import zipfile
from collections.abc import Callable, Iterable
from functools import cache
from gzip import compress
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import yaml
from openpyxl import Workbook

from callsheet.erp.files import FolderSource
from callsheet.erp.mapping import Mapping
from callsheet.erp.mapping_file import load_mapping
from callsheet.erp.notation import define_notation
from callsheet.erp.record import Record, Sheet
from callsheet.erp.staging import stage
from callsheet.errors import CallsheetError

from .conftest import GOOD_ITEMS, ITEMS, MAPPING, TODAY
from .fuzz_findings import Found, code_of, cpu_now
from .mutations import spoil, spoil_inside

TOGETHER = 400  # files are typed in one go: a question costs more than a row
MORE_ITEMS = GOOD_ITEMS + "".join(
    f"FR01;F-{no};C{1 + no % 4};invoice;2026-09-01;2026-10-{1 + no % 30:02};EUR;{no}.50;{no}.50\n"
    for no in range(1, 20)
)


def _workbook(text: str) -> bytes:
    made, book = io.BytesIO(), Workbook()
    for line in text.splitlines():
        book.active.append([float(c) if c.endswith((".50", ".00")) else c for c in line.split(";")])
    book.save(made)
    return made.getvalue()


def _parquet(text: str) -> bytes:
    options = pa_csv.ParseOptions(delimiter=";")
    rows = pa_csv.read_csv(io.BytesIO(text.encode()), parse_options=options)
    made = io.BytesIO()
    pq.write_table(rows, made)
    return made.getvalue()


def _archive(text: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("items.csv", text)
    return made.getvalue()


FRENCH = MORE_ITEMS.replace(".", ",").replace("F-", "É-")
QUOTED = ITEMS + "".join(
    ";".join(f'"{cell}"' for cell in line.split(";")) + "\r\n" for line in MORE_ITEMS.splitlines()
)
TEXT = ITEMS + MORE_ITEMS
TRAILER = {"starts_with": "TOTAL", "count_column": 2}
# By ending and notation: how the file is written down, and how often it is taken.
KINDS: tuple[tuple[str, bytes, dict[str, Any], int], ...] = (
    ("csv", TEXT.encode(), {}, 8),
    ("csv", QUOTED.encode(), {}, 4),
    ("csv", (ITEMS + FRENCH).encode("cp1252"), {"encoding": "cp1252", "decimal": ","}, 3),
    ("csv", TEXT.encode("utf-16"), {"encoding": "utf-16"}, 2),
    ("csv", (TEXT + "TOTAL;23\n").encode(), {"trailer": TRAILER}, 2),
    ("csv.gz", compress(TEXT.encode(), mtime=0), {}, 1),
    ("csv.zip", _archive(TEXT), {}, 1),
    ("xlsx", _workbook(TEXT), {}, 2),
    ("parquet", _parquet(TEXT), {}, 2),
)  # fmt: skip


def kind_of(number: int) -> int:
    places = [place for place, kind in enumerate(KINDS) for _ in range(kind[3])]
    return places[number % len(places)]


def spoilt_file(number: int, seed: int) -> bytes:
    """Return the bytes of one file: the same for the same number and seed."""
    chance = random.Random(f"file {seed} {number}")  # noqa: S311  # no secret
    ending, whole, _, _ = KINDS[kind_of(number)]
    return (spoil if ending in {"csv", "parquet"} else spoil_inside)(chance, whole)


@cache
def mapping_of(kind: int) -> Mapping:
    ending, _, written, _ = KINDS[kind]
    table = {
        **MAPPING["tables"]["open_items"],
        "file": f"items.{ending}",
        "written": {"delimiter": ";", **written},
    }
    told = {
        "pull": {"stable_seconds": 0},
        "entities": ["FR01", "UK01"],
        "tables": {"open_items": table},
    }
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        yaml.safe_dump(told, file)
        file.flush()
        return load_mapping(Path(file.name))


class Typing:
    """A connection and a folder that many files are read in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.con = duckdb.connect()
        define_notation(self.con)

    def read(self, kind: int, whole: bytes) -> tuple[Sheet, list[Record]]:
        path = self.folder / f"items.{KINDS[kind][0]}"
        path.write_bytes(whole)
        with FolderSource(self.folder, mapping_of(kind)).reading(TODAY) as tables:
            [sheet] = tables.sheets("open_items")
            return sheet, list(sheet.records)

    def type_rows(self, kind: int, files: Iterable[tuple[Sheet, list[Record]]]) -> int:
        table = mapping_of(kind).tables["open_items"]
        sheets = [Sheet(sheet.header, iter(records)) for sheet, records in files]
        return stage(self.con, self.folder, "open_items", table, sheets)


def fuzz_files(
    numbers: Iterable[int], seed: int, note: Callable[[int], None] = lambda _: None
) -> Found:
    """Read and type the files of these numbers."""
    found, before = Found(), cpu_now()
    with tempfile.TemporaryDirectory() as folder:
        typing = Typing(Path(folder))
        waiting: dict[int, dict[int, tuple[Sheet, list[Record]]]] = {}
        for number in numbers:
            note(number)
            found.tried += 1
            kind = kind_of(number)
            try:
                read = typing.read(kind, spoilt_file(number, seed))
            except CallsheetError as refused:
                found.refused[code_of(refused)] += 1
                continue
            except Exception:  # noqa: BLE001  # what is looked for
                found.failures.append(f"files:{number}\n{traceback.format_exc()}")
                continue
            together = waiting.setdefault(kind, {})
            together[number] = read
            if len(together) == TOGETHER:
                _type(typing, kind, waiting.pop(kind), found)
        for kind, together in waiting.items():
            _type(typing, kind, together, found)
    return found.take_stock(before)


def _type(
    typing: Typing, kind: int, files: dict[int, tuple[Sheet, list[Record]]], found: Found
) -> None:
    wanted = sum(len(records) for _, records in files.values())
    try:
        typed = typing.type_rows(kind, files.values())
    except Exception:  # noqa: BLE001  # what is looked for
        if len(files) > 1:
            for number, one in files.items():
                _type(typing, kind, {number: one}, found)
            return
        found.failures.append(f"files:{min(files)}\n{traceback.format_exc()}")
        return
    found.read += len(files)
    found.rows += typed
    if typed != wanted:
        found.failures.append(f"files:{min(files)}…{max(files)}: {wanted} rows read, {typed} typed")
