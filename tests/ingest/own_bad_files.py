"""Bad files of our own: CSV, archives, workbooks, Parquet, each with the handling that is right.

A file is refused with one code, or its customers are these.
"""

import codecs
import gzip
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

Made = bytes | Callable[[Path], None]
GOOD = "Client;Name\nC1;Martin\nC2;Dubois\n"
ONE_AND_TWO = {"C1": "Martin", "C2": "Dubois"}


@dataclass(frozen=True)
class BadFile:
    """What is delivered under which name, the notation declared, and what is right."""

    made: Made
    right: str | dict[str, str | None]  # a rejection's code, or names by customer
    ending: str = "csv"
    says: str = ""  # a part of the message
    written: dict[str, Any] = field(default_factory=dict)


def utf_16(text: str, encoding: str = "utf-16-le") -> bytes:
    mark = codecs.BOM_UTF16_LE if encoding.endswith("le") else codecs.BOM_UTF16_BE
    return mark + text.encode(encoding)


def declared(encoding: str) -> dict[str, Any]:
    return {"encoding": encoding}


CSV = {
    "UTF-16, big end first": BadFile(
        utf_16(GOOD, "utf-16-be"), ONE_AND_TWO, written=declared("utf-16")
    ),
    "UTF-16 without a mark": BadFile(
        GOOD.encode("utf-16-le"), ONE_AND_TWO, written=declared("utf-16-le")
    ),
    "UTF-16 cut in the middle of a character": BadFile(
        utf_16(GOOD)[:-1], "encoding", written=declared("utf-16")
    ),
    "half a character in UTF-16": BadFile(
        utf_16("Client;Name\nC1;") + b"\x3d\xd8" + "\n".encode("utf-16-le"),
        "encoding", written=declared("utf-16"),
    ),
    "declared UTF-16 without its mark": BadFile(
        GOOD.encode("utf-16-le"), "encoding", says="line 1", written=declared("utf-16")
    ),
    "a mark of UTF-8 under declared UTF-16": BadFile(
        codecs.BOM_UTF8 + GOOD.encode(), "encoding", written=declared("utf-16")
    ),
    "half a character in UTF-8": BadFile(
        b"Client;Name\nC1;\xed\xa0\xbd\n", "encoding", says="line 2"
    ),
    "letters of Windows, declared": BadFile(
        "Client;Name\nC1;L’Été € “x”\n".encode("cp1252"),
        {"C1": "L’Été € “x”"}, written=declared("cp1252"),
    ),
    "a byte that Windows-1252 does not have": BadFile(
        b"Client;Name\nC1;A\nC2;\x81\n", "encoding", says="line 3", written=declared("cp1252")
    ),
    "two encodings in one file": BadFile(
        "Client;Name\nC1;Été\n".encode() + "C2;Été\n".encode("cp1252"), "encoding", says="line 3"
    ),
    "lines about the report above the header": BadFile(
        f"Customers of today\n\n{GOOD}".encode(), "schema_mismatch"
    ),
    "the same, declared": BadFile(
        f"Customers of today\n\n{GOOD}".encode(), ONE_AND_TWO, written={"skip_lines": 2}
    ),
    "sep=; above the header": BadFile(f"sep=;\n{GOOD}".encode(), "missing_column"),
    "sep=; above the header, declared": BadFile(
        f"sep=;\r\n{GOOD}".encode(), ONE_AND_TWO, written={"skip_lines": 1}
    ),
    "a header of two lines": BadFile(b"Customer;\nClient;Name\nC1;Martin\n", "missing_column"),
    "a header in capitals": BadFile(GOOD.upper().encode(), "missing_column"),
    "a column that stands twice but for a space": BadFile(
        b"Client;Name;Name \nC1;Martin;Dubois\n", "duplicate_column"
    ),
    "a header that ends in empty columns": BadFile(
        b"Client;Name;;;\nC1;Martin;;;\nC2;Dubois;;;\n", ONE_AND_TWO
    ),
    "a NUL in the header": BadFile(b"Client;Na\0me\nC1;Martin\n", "encoding"),
    "nothing but empty lines": BadFile(b"\n\n\r\n", "empty_file"),
    "nothing but a mark": BadFile(codecs.BOM_UTF8, "empty_file"),
    "fewer lines than are to be left out": BadFile(
        GOOD.encode(), "empty_file", written={"skip_lines": 9}
    ),
    "a cell of 10 MB": BadFile(
        b"Client;Name\nC1;" + b"x" * 10_000_000 + b"\n", "line_too_long"
    ),
    "a cell of 10 MB over many lines": BadFile(
        b'Client;Name\nC1;"' + (b"x" * 500_000 + b"\n") * 21 + b'"\n', "quote_imbalance"
    ),
    "a quote that is never closed, on the last line": BadFile(
        b'Client;Name\nC1;Martin\nC2;"Dubois\n', "quote_imbalance"
    ),
    "words behind a closed quote": BadFile(b'Client;Name\nC1;"Martin" SA\n', "quote_imbalance"),
    "ends of line of old Macs": BadFile(GOOD.replace("\n", "\r").encode(), ONE_AND_TWO),
    "ends of line of every kind": BadFile(b"Client;Name\r\nC1;Martin\nC2;Dubois\r", ONE_AND_TWO),
    "the mark of DOS for an end": BadFile(GOOD.encode() + b"\x1a", "truncated"),
    "an answer in JSON": BadFile(b'{"error": "timeout"}', "schema_mismatch"),
    "a PDF": BadFile(b"%PDF-1.7 ...", "not_csv"),
    "a workbook of 1997": BadFile(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 ...", "not_csv"),
}  # fmt: skip


def zipped(*members: tuple[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return made.getvalue()


def locked() -> bytes:
    """An archive whose one member says that it is encrypted."""
    made = bytearray(zipped(("a.csv", GOOD.encode())))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        made[made.index(mark) + place] |= 1
    return bytes(made)


def spoilt() -> bytes:
    """An archive whose member does not have the bytes that it had."""
    made = bytearray(zipped(("a.csv", GOOD.encode() * 50)))
    made[60] ^= 0xFF
    return bytes(made)


ARCHIVES = {
    "gzip cut short": BadFile(gzip.compress(GOOD.encode() * 99)[:-12], "unreadable_file", "csv.gz"),
    "a text that is called gzip": BadFile(GOOD.encode(), "unreadable_file", "csv.gz"),
    "gzip, whole": BadFile(gzip.compress(GOOD.encode()), ONE_AND_TWO, "csv.gz"),
    "an archive with a password": BadFile(locked(), "unreadable_file", "csv.zip"),
    "an archive that was damaged": BadFile(spoilt(), "unreadable_file", "csv.zip"),
    "an archive of two files": BadFile(
        zipped(("a.csv", b"x"), ("b.csv", b"y")), "archive_limit", "csv.zip"
    ),
}


def book(*rows: tuple[object, ...], **options: Any) -> Callable[[Path], None]:
    """Make a workbook of these rows; before its sheet stand those that `hidden` names."""

    def make(path: Path) -> None:
        made = Workbook()
        made.epoch = options.get("epoch", made.epoch)
        sheet = made.active
        for hidden in options.get("hidden", ()):
            sheet.title, sheet.sheet_state = hidden, "hidden"
            sheet.append(["Client", "Name"])
            sheet.append(["C9", "of the year before"])
            sheet = made.create_sheet("shown")
        for row in rows:
            sheet.append(row)
        for merged in options.get("merged", ()):
            sheet.merge_cells(merged)
        made.active = len(made.worksheets) - 1
        made.save(path)

    return make


def only_a_chart(path: Path) -> None:
    made = Workbook()
    made.create_chartsheet("chart")
    made.remove(made.worksheets[0])
    made.save(path)


def with_a_cut(make: Callable[[Path], None], size: int) -> Callable[[Path], None]:
    def cut(path: Path) -> None:
        make(path)
        path.write_bytes(path.read_bytes()[:-size])

    return cut


def with_strings_gone(path: Path) -> None:
    """A workbook whose cells point to texts that it does not have."""
    book(("Client", "Name"), ("C1", "Martin"))(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    cells = parts["xl/worksheets/sheet1.xml"]
    parts["xl/worksheets/sheet1.xml"] = cells.replace(
        b't="inlineStr"><is><t>Martin</t></is>', b't="s"><v>7</v>'
    )
    path.write_bytes(zipped(*parts.items()))


HEAD = ("Client", "Name")
WORKBOOKS = {
    "a hidden sheet before the one that is shown": BadFile(
        book(HEAD, ("C1", "Martin"), ("C2", "Dubois"), hidden=["old"]), ONE_AND_TWO, "xlsx"
    ),
    "a hidden sheet that is asked for": BadFile(
        book(HEAD, ("C1", "Martin"), hidden=["old"]), {"C9": "of the year before"}, "xlsx",
        written={"sheet": "old"},
    ),
    "days counted from 1904": BadFile(
        book(HEAD, ("C1", date(2026, 9, 1)), epoch=CALENDAR_MAC_1904), {"C1": "2026-09-01"}, "xlsx"
    ),
    "an error in a cell": BadFile(book(HEAD, ("C1", "#REF!")), {"C1": "#REF!"}, "xlsx"),
    "a formula that was never worked out": BadFile(
        book(HEAD, ("C1", '=CONCAT("a","b")')), {"C1": None}, "xlsx"
    ),
    "a title over merged cells": BadFile(
        book(("Customers", None), HEAD, ("C1", "Martin"), merged=["A1:B1"]),
        "schema_mismatch", "xlsx",
    ),
    "a title over merged cells, declared": BadFile(
        book(("Customers", None), HEAD, ("C1", "Martin"), ("C2", "Dubois"), merged=["A1:B1"]),
        ONE_AND_TWO, "xlsx", written={"skip_lines": 1},
    ),
    "a sheet that is not there": BadFile(
        book(HEAD, ("C1", "Martin")), "unreadable_file", "xlsx", written={"sheet": "items"}
    ),
    "nothing but a chart": BadFile(only_a_chart, "unreadable_file", "xlsx"),
    "a workbook cut short": BadFile(
        with_a_cut(book(HEAD, ("C1", "Martin")), 40), "unreadable_file", "xlsx"
    ),
    "cells whose texts are gone": BadFile(with_strings_gone, "unreadable_file", "xlsx"),
    "a cell longer than a row may be": BadFile(
        book(HEAD, ("C1", "x" * 30_000)), "line_too_long", "xlsx", written={"max_line": 20_000}
    ),
    "an empty sheet": BadFile(book(), "schema_mismatch", "xlsx"),
}  # fmt: skip


def table(**columns: pa.Array) -> Callable[[Path], None]:
    return lambda path: pq.write_table(pa.table(columns), path)


def named(value: Any, kind: pa.DataType) -> Callable[[Path], None]:
    return table(Client=pa.array(["C1"]), Name=pa.array([value], kind))


NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
PARQUET = {
    "a decimal of 38 digits": BadFile(
        named(Decimal("1234.5000000000"), pa.decimal128(38, 10)), {"C1": "1234.5000000000"},
        "parquet",
    ),
    "moments to the nanosecond": BadFile(
        named(1_788_264_000_000_000_001, pa.timestamp("ns")), {"C1": "2026-09-01"}, "parquet"
    ),
    "moments with a zone": BadFile(
        named(NOON, pa.timestamp("us", "Europe/Paris")), {"C1": "2026-09-01"}, "parquet"
    ),
    "words by their number": BadFile(
        table(
            Client=pa.array(["C1", "C2"]),
            Name=pa.array(["Martin", "Dubois"]).dictionary_encode(),
        ),
        ONE_AND_TWO, "parquet",
    ),
    "a list for a name": BadFile(
        named(["Martin"], pa.list_(pa.string())), "schema_mismatch", "parquet", "Name"
    ),
    "a list in a column that nobody reads": BadFile(
        table(
            Client=pa.array(["C1"]), Name=pa.array(["Martin"]),
            more=pa.array([[1]], pa.list_(pa.int8())),
        ),
        {"C1": "Martin"}, "parquet",
    ),
    "a number that is none": BadFile(named(float("nan"), pa.float64()), {"C1": None}, "parquet"),
    "a number without end": BadFile(
        named(float("inf"), pa.float64()), {"C1": "Infinity"}, "parquet"
    ),
    "a large number": BadFile(named(1.2345e11, pa.float64()), {"C1": "123450000000"}, "parquet"),
    "bytes that are text": BadFile(named(b"Martin", pa.binary()), {"C1": "Martin"}, "parquet"),
    "bytes that are none": BadFile(named(b"\xff\xfe", pa.binary()), "unreadable_file", "parquet"),
    "yes and no": BadFile(named(True, pa.bool_()), {"C1": "true"}, "parquet"),
    "a cell of 10 MB in Parquet": BadFile(
        named("x" * 10_000_000, pa.string()), "line_too_long", "parquet"
    ),
    "Parquet cut short": BadFile(
        with_a_cut(named("Martin", pa.string()), 9), "unreadable_file", "parquet"
    ),
    "the same column twice": BadFile(
        lambda path: pq.write_table(
            pa.Table.from_arrays([pa.array(["C1"])] * 3, names=["Client", "Name", "Name"]), path
        ),
        "duplicate_column", "parquet",
    ),
}  # fmt: skip

FILES = CSV | ARCHIVES | WORKBOOKS | PARQUET
