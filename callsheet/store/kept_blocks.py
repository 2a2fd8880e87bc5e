"""The blocks that a checkpoint writes anew where they lie, kept beside the file as they were.

DuckDB writes a checkpoint to free blocks, then points a header at them: whoever dies before that
leaves the old state. Blocks of metadata are an exception. One that has room left is written again
in its place, checksum and all, and whoever dies within that write, or finds the disk full, leaves a
block half old and half new: the file no longer opens (DuckDB 1.5.5). So these blocks are durable
beside the file while it is written to, and are put back if no header was written since.
"""

import fcntl
import os
import struct
import zlib
from contextlib import suppress
from pathlib import Path

import duckdb

from callsheet.errors import StoreFailed

_HEADERS = 4096  # here lie two that take turns, after the file's own,
_HEADERS_SIZE = 2 * 4096
_FIRST_BLOCK = _HEADERS + _HEADERS_SIZE  # and here the blocks begin
_REWRITTEN = (
    "select block_id, block_size from pragma_metadata_info() blocks, pragma_database_size()"
    " where blocks.free_blocks > 0"
)
_CHECKSUM, _PIECE = struct.Struct("<I"), struct.Struct("<QQ")
Pieces = dict[int, bytes]  # what the file holds, by where it lies


class KeptBlocks:
    """The blocks of one file that its next checkpoint may write over."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.copy = file.with_name(f"{file.name}.blocks")
        self._headers = b""
        self._handle = -1  # by which this process had the file open the last time

    def keep(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Keep them as they are; nothing to do if there was no checkpoint since the last time.

        The caller has the file open for writing, by `connection`, and nobody commits meanwhile.
        StoreFailed when there is no room for them.
        """
        own = self._own_handle()
        if own is None:  # it is not where it was: another process put a new one in its place
            return
        headers = os.pread(own, _HEADERS_SIZE, _HEADERS)
        if headers != self._headers:
            pieces = {_HEADERS: headers}
            for number, size in connection.execute(_REWRITTEN).fetchall():
                place = _FIRST_BLOCK + number * size
                pieces[place] = os.pread(own, size, place)
            try:
                _write(self.copy, pieces)
            except OSError as problem:
                raise StoreFailed(f"{problem}\n  do           make room there") from problem
            self._headers = headers

    def put_back(self) -> None:
        """Put them back if a process died before its checkpoint was complete; forget them.

        Nothing to do while anybody has the file open: it was done before they opened it.
        """
        self._headers = b""
        is_ours_to_mend = self.copy.exists() and os.access(self.file, os.W_OK)
        if not is_ours_to_mend or self._own_handle() is not None:
            return
        with self.file.open("r+b") as file, suppress(BlockingIOError, FileNotFoundError):
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the lock that DuckDB takes
            _put_back(file.fileno(), _read(self.copy))
            self.copy.unlink()

    def _own_handle(self) -> int | None:
        """Return by which handle this process has the file open.

        It is not opened anew: to close it again would give up DuckDB's lock on it.
        """
        wanted = self.file.stat()
        if not _is_of(self._handle, wanted):
            handles = map(int, os.listdir("/dev/fd"))  # noqa: PTH208  # numbers, not paths
            self._handle = next((one for one in handles if _is_of(one, wanted)), -1)
        return None if self._handle < 0 else self._handle


def _is_of(handle: int, wanted: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), wanted)
    except OSError:  # it is closed
        return False


def _put_back(file: int, pieces: Pieces) -> None:
    if os.pread(file, _HEADERS_SIZE, _HEADERS) != pieces.get(_HEADERS):
        return
    torn = {at: kept for at, kept in pieces.items() if os.pread(file, len(kept), at) != kept}
    for at, kept in torn.items():
        os.pwrite(file, kept, at)
    if torn:
        os.fsync(file)


def _write(place: Path, pieces: Pieces) -> None:
    content = b"".join(
        part for at, piece in pieces.items() for part in (_PIECE.pack(at, len(piece)), piece)
    )
    with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(_CHECKSUM.pack(zlib.crc32(content)) + content)
        file.flush()
        os.fsync(file.fileno())


def _read(place: Path) -> Pieces:
    """Return what was kept; nothing if it was not written to its end: no checkpoint began then."""
    content = place.read_bytes()
    if len(content) < _CHECKSUM.size:
        return {}
    [checksum] = _CHECKSUM.unpack_from(content)
    if checksum != zlib.crc32(content[_CHECKSUM.size :]):
        return {}
    pieces, at = Pieces(), _CHECKSUM.size
    while at < len(content):
        in_file, size = _PIECE.unpack_from(content, at)
        at += _PIECE.size
        pieces[in_file] = content[at : at + size]
        at += size
    return pieces
