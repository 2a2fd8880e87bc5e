"""Open a delivered file, compressed or not, so that nothing can grow past its limit."""

import gzip
import io
import zipfile
import zlib
from pathlib import Path
from typing import IO

from callsheet.errors import PullRejected

_MEGABYTE = 1 << 20
# What a damaged, cut off, locked or strangely packed archive makes its reader raise.
_DAMAGED = (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError)


class Bounded(io.RawIOBase):
    """A stream that refuses to give more than `limit` bytes."""

    def __init__(self, stream: IO[bytes], limit: int, name: str) -> None:
        self._stream, self._left, self._limit, self._name = stream, limit, limit, name

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # any writable buffer
        """Fill `buffer`; PullRejected `archive_limit` past the limit."""
        try:
            block = self._stream.read(len(buffer))
        except _DAMAGED as problem:
            raise _damaged(self._name) from problem
        self._left -= len(block)
        if self._left < 0:
            raise archive_limit(self._name, self._limit)
        buffer[: len(block)] = block
        return len(block)

    def close(self) -> None:
        """Close the file beneath as well."""
        self._stream.close()
        super().close()


def archive_limit(name: str, limit: int) -> PullRejected:
    """Return the refusal of a file that expands beyond `limit` bytes."""
    return PullRejected(
        "archive_limit", f"{name}: expands beyond {limit // _MEGABYTE} MB; not read further"
    )


def _damaged(name: str) -> PullRejected:
    return PullRejected(
        "unreadable_file",
        f"{name}: damaged, locked with a password, or no archive\n"
        "  do           let the ERP write it again",
    )


def open_bounded(path: Path, max_expanded_mb: int) -> IO[bytes]:
    """Return the bytes of `path`, expanded if it is a .gz or a .zip of one file."""
    limit = max_expanded_mb * _MEGABYTE
    if path.suffix == ".gz":
        return io.BufferedReader(Bounded(gzip.open(path, "rb"), limit, path.name))  # type: ignore[arg-type]  # a binary stream
    if path.suffix == ".zip":
        check_archive(path, max_expanded_mb)
        archive = zipfile.ZipFile(path)
        members = archive.infolist()
        if len(members) != 1:
            raise PullRejected("archive_limit", f"{path.name}: must hold exactly one file")
        try:
            member = archive.open(members[0])
        except _DAMAGED as problem:
            raise _damaged(path.name) from problem
        return io.BufferedReader(Bounded(member, limit, path.name))
    return path.open("rb")


def check_archive(path: Path, max_expanded_mb: int) -> None:
    """Refuse a zip (or XLSX) whose members claim to expand beyond the limit, or that is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            expanded = sum(member.file_size for member in archive.infolist())
    except _DAMAGED as problem:
        raise _damaged(path.name) from problem
    if expanded > max_expanded_mb * _MEGABYTE:
        raise archive_limit(path.name, max_expanded_mb * _MEGABYTE)
