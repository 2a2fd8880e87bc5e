"""Read a CSV file strictly: declared encoding, bounded lines, whole quotes."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from callsheet.erp.bounded import open_bounded
from callsheet.erp.mapping import Written
from callsheet.erp.record import Record, Sheet, checked_header
from callsheet.errors import PullRejected

_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_TITLE = re.compile(rb"<title>\s*(.{0,100}?)\s*</title>", re.IGNORECASE | re.DOTALL)
_LOGIN = re.compile(rb"401|403|log.?in|sign.?in|password|unauthor|forbidden", re.IGNORECASE)
_BLOCK = 1 << 16


class Lines:
    """The lines of a text stream, each of bounded length; `taken` gives those read since asked."""

    def __init__(self, stream: io.TextIOBase, file: str, limit: int) -> None:
        self._stream, self._file, self._limit = stream, file, limit
        self.number = 0  # of the last line read
        self._taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        """Return itself."""
        return self

    def __next__(self) -> str:
        """Return the next line with its end."""
        line = self._stream.readline(self._limit + 1)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) > self._limit:
            raise PullRejected(
                "line_too_long", f"{self._file}, line {self.number}: over {self._limit} characters"
            )
        self._taken.append(line)
        return line

    def taken(self) -> str:
        """Return what was read since the last time this was asked."""
        text = "".join(self._taken)
        self._taken.clear()
        return text


def read_csv(path: Path, written: Written, wanted: tuple[str, ...]) -> Sheet:
    """Return the rows of a CSV file; PullRejected when it cannot be trusted as a whole."""
    with open_bounded(path, written.max_expanded_mb) as stream:
        head = stream.read(_BLOCK)
    if not head:
        raise PullRejected("empty_file", f"{path.name}: 0 bytes; nothing was read")
    _check_is_text(path.name, head)
    encoding = _encoding(path.name, head, written.encoding)
    delimiter = _delimiter(head.decode(encoding, errors="replace"), written, wanted)
    records = _decoded(path, written, encoding, delimiter)
    first = next(records, None)
    if first is None:
        raise PullRejected("empty_file", f"{path.name}: no line of column names; nothing was read")
    header = tuple(name.strip() for name in first.fields if name is not None)
    if any("\0" in name for name in header):
        raise _wrong_encoding(path.name, 1, encoding)
    return Sheet(
        checked_header(path.name, header, wanted), _body(path.name, records, header, written)
    )


def _check_is_text(file: str, head: bytes) -> None:
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()[:4].lower()
    if start.startswith(b"<"):
        title = _TITLE.search(head)
        found = title[1].decode(errors="replace") if title else "markup"
        do = "check the credentials of the export" if _LOGIN.search(head) else "check the export"
        raise PullRejected(
            "not_csv", f"{file}: a web page, not rows\n  found        {found}\n  do           {do}"
        )
    if start.startswith((b"pk\3\4", b"%pdf", b"par1", b"\xd0\xcf\x11\xe0")):
        raise PullRejected("not_csv", f"{file}: another kind of file under a CSV name")


def _encoding(file: str, head: bytes, declared: str) -> str:
    """Return the declared encoding, without the mark some files begin with."""
    name = codecs.lookup(declared).name
    for mark, marked in _MARKS.items():
        if head.startswith(mark):
            if not name.startswith(marked):
                raise PullRejected(
                    "encoding", f"{file}, line 1: written in {marked}, declared {declared}"
                )
            return "utf-8-sig" if marked == "utf-8" else "utf-16"
    return name


def _delimiter(head: str, written: Written, wanted: tuple[str, ...]) -> str:
    """Return the first declared delimiter under which the wanted columns are found."""
    lines = head.splitlines()[written.skip_lines :]
    for delimiter in written.delimiter:
        reader = csv.reader(lines[:1], delimiter=delimiter, quotechar=written.quote)
        with suppress(csv.Error):  # said with its line when the file is read
            if set(wanted) <= {name.strip() for name in next(reader, [])}:
                return delimiter
    return written.delimiter[0]


def _decoded(path: Path, written: Written, encoding: str, delimiter: str) -> Iterator[Record]:
    """Yield every record, the header first, with strict decoding and whole quotes."""
    with open_bounded(path, written.max_expanded_mb) as stream:
        text = io.TextIOWrapper(stream, encoding=encoding, errors="strict", newline="")
        lines = Lines(text, path.name, written.max_line)
        csv.field_size_limit(written.max_line * written.max_lines_per_row)
        reader = csv.reader(lines, delimiter=delimiter, quotechar=written.quote, strict=True)
        try:
            for _ in range(written.skip_lines):
                next(lines, None)
            yield from _records(path.name, lines, reader, written)
        except csv.Error as problem:
            raise PullRejected(
                "quote_imbalance", f"{path.name}, line {lines.number}: {problem}"
            ) from problem
        except UnicodeError as problem:  # UTF-16 without its mark is no UnicodeDecodeError
            raise _wrong_encoding(
                path.name, _bad_line(path, written, encoding), encoding
            ) from problem


def _records(
    file: str, lines: Lines, reader: Iterator[list[str]], written: Written
) -> Iterator[Record]:
    begins = lines.number + 1
    lines.taken()
    for fields in reader:
        if lines.number - begins >= written.max_lines_per_row:
            raise PullRejected(
                "quote_imbalance",
                f"{file}, line {begins}: a quote is not closed before line {lines.number}",
            )
        raw = lines.taken()
        if fields:
            yield Record(begins, raw, tuple(fields))
        begins = lines.number + 1


def _body(
    file: str, records: Iterator[Record], header: tuple[str, ...], written: Written
) -> Iterator[Record]:
    """Yield the data rows; the trailer, if declared, must be there and count them."""
    rows, over_lines, last = 0, False, None
    for record in records:
        if last is not None:
            yield last
        last, rows = record, rows + 1
        over_lines |= "\n" in record.raw.rstrip("\r\n")
        if len(record.fields) != len(header) and over_lines and "\n" in record.raw.rstrip("\r\n"):
            raise PullRejected(
                "quote_imbalance",
                f"{file}, line {record.line}: a row of several lines has "
                f"{len(record.fields)} fields instead of {len(header)}",
            )
    if written.trailer is not None:
        _check_trailer(file, last, rows - 1, over_lines, written)
    elif last is not None:
        if len(last.fields) < len(header) and not last.raw.endswith(("\n", "\r")):
            raise PullRejected(
                "truncated", f"{file}, line {last.line}: ends in the middle of a row"
            )
        yield last


def _check_trailer(
    file: str, last: Record | None, rows: int, over_lines: bool, written: Written
) -> None:
    trailer = written.trailer
    if trailer is None or last is None or not last.raw.startswith(trailer.starts_with):
        raise PullRejected("truncated", f"{file}: the last line is not the declared trailer")
    counted = (*last.fields, *[""] * trailer.count_column)[trailer.count_column - 1]
    if (counted or "").strip() != str(rows):
        code = "quote_imbalance" if over_lines else "count_mismatch"
        raise PullRejected(code, f"{file}: the trailer counts {counted} rows, {rows} were read")


def _bad_line(path: Path, written: Written, encoding: str) -> int:
    """Return the line of the first byte that is not in the declared encoding."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
    line = 1
    with open_bounded(path, written.max_expanded_mb) as stream:
        while block := stream.read(_BLOCK):
            try:
                line += decoder.decode(block).count("\n")
            except UnicodeDecodeError as problem:
                good = bytes(problem.object[: problem.start])
                return line + good.decode(encoding, errors="replace").count("\n")
            except UnicodeError:
                return line
    return line


def _wrong_encoding(file: str, line: int, encoding: str) -> PullRejected:
    return PullRejected(
        "encoding",
        f"{file}, line {line}: not {encoding}\n"
        "  do           declare the encoding the file is really in",
    )
