"""Spoil the bytes of a file, at random but from a seed: what was spoilt can be spoilt again."""

import gzip
import io
import random
import zipfile
from collections.abc import Callable

MARKS = (
    b"", b"\0", b"\r", b"\n", b"\r\n", b'"', b'""', b";", b",", b"\t", b" ", b"\xef\xbb\xbf",
    b"\xff\xfe", b"\xc3", b"\xed\xa0\x80", b"\xe2\x80\xae", b"\xe2\x80\x8b", b"\xc2\xa0",
    b"\xe2\x80\xaf", "é".encode(), b"e\xcc\x81", b"#N/A", b"#REF!", b"NULL", b"nan", b"-inf",
    b"1e+05", b"-0.00", b"(1.00)", b"1.00-", b"9" * 40, b"2026-02-29", b"9999-12-31",
    b"0001-01-01", b"46023", b"=1+1", b"<html>", b"PK\x03\x04", b"x" * 3_000, b"\x1a", b"C1",
    b"FR01", b"invoice", b"credit_note", b"EUR", b"JPY", b"Total", b"\xf0\x9f\x98\x80",
)  # fmt: skip
Change = Callable[[random.Random, bytes], bytes]


def _two_places(chance: random.Random, whole: bytes) -> tuple[int, int]:
    """Return where a stretch begins and ends: mostly a short one."""
    first = chance.randrange(len(whole) + 1)
    most = len(whole) if chance.random() < 0.2 else 40
    return first, min(len(whole), first + chance.randrange(most + 1))


def _cut(chance: random.Random, whole: bytes) -> bytes:
    first, last = _two_places(chance, whole)
    return whole[:first] + whole[last:]


def _double(chance: random.Random, whole: bytes) -> bytes:
    first, last = _two_places(chance, whole)
    return whole[:last] + whole[first:]


def _end(chance: random.Random, whole: bytes) -> bytes:
    return whole[: chance.randrange(len(whole) + 1)]


def _flip(chance: random.Random, whole: bytes) -> bytes:
    made = bytearray(whole or b"\0")
    for _ in range(chance.randrange(1, 9)):
        made[chance.randrange(len(made))] = chance.randrange(256)
    return bytes(made)


def _insert(chance: random.Random, whole: bytes) -> bytes:
    place = chance.randrange(len(whole) + 1)
    return whole[:place] + chance.choice(MARKS) + whole[place:]


def _replace_a_cell(chance: random.Random, whole: bytes) -> bytes:
    lines = whole.splitlines(keepends=True)
    if not lines:
        return whole
    line = chance.randrange(len(lines))
    cells = lines[line].split(b";")
    cells[chance.randrange(len(cells))] = chance.choice(MARKS)
    lines[line] = b";".join(cells)
    return b"".join(lines)


def _move_lines(chance: random.Random, whole: bytes) -> bytes:
    lines = whole.splitlines(keepends=True)
    if lines:
        line = lines.pop(chance.randrange(len(lines)))
        lines.insert(chance.randrange(len(lines) + 1), line)
        if chance.random() < 0.5:
            lines.insert(chance.randrange(len(lines) + 1), line)
    return b"".join(lines)


def _encode_otherwise(chance: random.Random, whole: bytes) -> bytes:
    encoding = chance.choice(["utf-16", "utf-16-be", "cp1252", "utf-8-sig", "utf-32", "cp037"])
    return whole.decode("utf-8", "replace").encode(encoding, "replace")


CHANGES: tuple[Change, ...] = (
    _cut, _double, _end, _flip, _insert, _insert, _replace_a_cell, _replace_a_cell, _move_lines,
    _encode_otherwise,
)  # fmt: skip


OF_ROWS: tuple[Change, ...] = (_replace_a_cell, _replace_a_cell, _replace_a_cell, _move_lines)


def spoil(
    chance: random.Random, whole: bytes, changes: tuple[Change, ...] = CHANGES, most: int = 4
) -> bytes:
    """Return `whole` after one to `most` changes."""
    for _ in range(chance.randrange(1, most + 1)):
        whole = chance.choice(changes)(chance, whole)
    return whole


def spoil_inside(chance: random.Random, whole: bytes) -> bytes:
    """Spoil what an archive holds, and close it well; or, at times, the archive itself."""
    if chance.random() < 0.3:
        return spoil(chance, whole)
    if whole[:2] == b"\x1f\x8b":
        return gzip.compress(spoil(chance, gzip.decompress(whole)), 1)
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = chance.choice(sorted(parts, key=lambda one: ("sheet" not in one, one))[:4])
    parts[name] = spoil(chance, parts[name])
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for one, content in parts.items():
            archive.writestr(one, content)
    return made.getvalue()
