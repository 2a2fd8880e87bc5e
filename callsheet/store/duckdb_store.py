"""The embedded warehouse: one DuckDB file, opened late and closed early.

Only one process can hold the file for writing, and none reads it meanwhile. Threads of one
process share one opening of the file: several may read, one writes at a time.
"""

import math
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from callsheet.errors import Busy, StoreFailed
from callsheet.file_lock import in_turn, is_awaited
from callsheet.store.duckdb_transaction import DuckdbTransaction, named_errors, tidy
from callsheet.store.kept_blocks import KeptBlocks
from callsheet.store.transaction import Kind

PATIENCE_SECONDS = 30.0
_PAUSE_SECONDS = 0.05
# Between uses that follow each other the file may stay open: for so long after the last one,
_LINGER_SECONDS = 0.5
_FAIR_SECONDS = 2.0  # for so long in all when anybody waits for it,
_LONGEST_SECONDS = 15.0  # and for so long when nobody does. Then it is let go, for so long that
_REST_SECONDS = 0.12  # who waits gets in. Its checkpoint is made then, and not in between:
_NO_CHECKPOINT = "set wal_autocheckpoint = '64MB'"  # more than is recorded in that time
_CONFIG = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
_LOCKED = "Could not set lock"
_HOLDER = re.compile(r"\(PID (\d+)\)")


class DuckdbFile:
    """One DuckDB file as this process sees it."""

    kind: Kind = "duckdb"

    def __init__(self, path: Path, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self.path = path
        self._blocks = KeptBlocks(path)
        self.patience_seconds = patience_seconds
        self._changed = threading.Condition()
        self._root: duckdb.DuckDBPyConnection | None = None
        self._read_only = False
        self._users = 0
        self._has_writer = False
        self._frugal = 0  # holders whose work is small
        self._runs = 0  # of uses that follow each other: the file stays open between them
        self._uses = 0  # so far
        self._opened_at = self._rests_until = -math.inf
        self._idle: list[duckdb.DuckDBPyConnection] = []  # to be used again while the file is open
        self._known: dict[str, object] = {}  # to the next writer, while nobody else can write

    def exists(self) -> bool:
        """Say whether the file has been made."""
        return self.path.exists()

    @contextmanager
    def open(self, write: bool) -> Iterator[DuckdbTransaction]:
        """Yield a transaction that is committed at the end, or rolled back on an error."""
        with self._used(write, alone=write) as root, self._connection(root) as connection:
            if write:
                self._blocks.keep(connection)
            connection.begin()
            transaction = DuckdbTransaction(connection)
            if write:
                transaction.known |= self._known
            try:
                yield transaction
                transaction.refuse_if_lost()
            except BaseException:
                with suppress(duckdb.Error):  # a failed statement may have rolled back already
                    connection.rollback()
                raise
            with named_errors():
                connection.commit()
            if write:
                self._known = transaction.known
            if transaction.is_lent:
                tidy(connection)

    @contextmanager
    def _connection(self, root: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a connection nobody else uses; one that saw no error is kept for the next."""
        with self._changed:
            connection = self._idle.pop() if self._idle else None
        if connection is None:
            connection = root.cursor()
            connection.execute("set timezone = 'UTC'")
            connection.execute("set enable_progress_bar = false")  # it would be drawn into JSON
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        with self._changed:
            self._idle.append(connection)

    @contextmanager
    def held(self, *, for_small_work: bool = False) -> Iterator[None]:
        """Keep the file open for writing, so that transactions inside cost no opening.

        Small work is asked on one thread: to share it out costs more than it saves.
        """
        with self._used(write=True, alone=False) as root:
            if for_small_work:
                self._share_out(root, 1)
            try:
                yield
            finally:
                if for_small_work:
                    self._share_out(root, -1)

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """Keep the file open between the uses inside, unless they pause; let it go now and then.

        To close it costs a checkpoint, which grows with what is recorded.
        """
        with self._changed:
            self._runs += 1
        try:
            yield
        finally:
            with self._changed:
                if not self._users:
                    self._close()
                self._runs -= 1

    def _share_out(self, root: duckdb.DuckDBPyConnection, more: int) -> None:
        """Work on one thread as long as there is anybody whose work is small."""
        with self._changed:
            self._frugal += more
            if self._frugal == max(more, 0):
                root.execute("set threads = 1" if self._frugal else "reset threads")

    @contextmanager
    def migrating(self) -> Iterator[tuple[DuckdbTransaction, sa.Connection]]:
        """Yield a transaction, and the same one as Alembic wants it; committed at the end."""
        from duckdb_sqlalchemy import ConnectionWrapper  # as slow as Alembic, and needed with it

        with self._used(write=True, alone=True) as root:
            self._blocks.keep(root)
            con = root.cursor()
            engine = sa.create_engine(
                "duckdb://", creator=lambda: ConnectionWrapper(con), poolclass=NullPool
            )
            with named_errors(), engine.begin() as connection:
                yield DuckdbTransaction(con), connection

    @contextmanager
    def _used(self, write: bool, alone: bool) -> Iterator[duckdb.DuckDBPyConnection]:
        root = self._take(write, alone)
        try:
            yield root
        finally:
            self._give_back(alone)

    def _take(self, write: bool, alone: bool) -> duckdb.DuckDBPyConnection:
        deadline = time.monotonic() + self.patience_seconds
        with self._changed:
            if write and self._read_only and not self._users:
                self._close()
            while (write and self._root is not None and self._read_only) or (
                alone and self._has_writer
            ):
                if not self._changed.wait(max(0.0, deadline - time.monotonic())):
                    raise Busy(f"{self.path}: another thread of this very process is using it")
            if self._root is None:
                self._root = self._connect(read_only=not write, deadline=deadline)
                self._read_only = not write
                self._opened_at = time.monotonic()
            self._users += 1
            self._uses += 1
            self._has_writer = self._has_writer or alone
            return self._root

    def _give_back(self, alone: bool) -> None:
        with self._changed:
            self._users -= 1
            if alone:
                self._has_writer = False
            if not self._users:
                self._close_soon()
            self._changed.notify_all()

    def _close_soon(self) -> None:
        """Close the unused file; in a run of uses only when no other follows, or it is time to."""
        if self._runs and not self._is_time_to_go():
            after = threading.Timer(_LINGER_SECONDS, self._close_if_unused, [self._uses])
            after.daemon = True
            after.start()
            return
        self._close()
        if self._runs:
            self._rests_until = time.monotonic() + _REST_SECONDS

    def _is_time_to_go(self) -> bool:
        open_for = time.monotonic() - self._opened_at
        if open_for < _FAIR_SECONDS:
            return False
        return open_for > _LONGEST_SECONDS or is_awaited(self.path.parent)

    def _close_if_unused(self, uses: int) -> None:
        with self._changed:
            if not self._users and self._uses == uses:
                self._close()
                self._changed.notify_all()

    def _close(self) -> None:
        if self._root is not None:
            while self._idle:
                self._idle.pop().close()
            if self._runs:
                _let_go_of_pages(self._root)
            self._root.close()
            self._root = None
            self._known = {}
            if not self._read_only:
                self._blocks.put_back()

    def _connect(self, read_only: bool, deadline: float) -> duckdb.DuckDBPyConnection:
        """Open the file in turn: else readers that follow each other keep a writer out for ever."""
        time.sleep(max(0.0, self._rests_until - time.monotonic()))
        with in_turn(self.path.parent, deadline):
            return self._connected(read_only, deadline)

    def _connected(self, read_only: bool, deadline: float) -> duckdb.DuckDBPyConnection:
        while True:
            self._blocks.put_back()
            try:
                root = duckdb.connect(str(self.path), read_only=read_only, config=_CONFIG)
            except duckdb.Error as problem:
                if _LOCKED not in str(problem):
                    raise StoreFailed(
                        f"{self.path}: {problem}\n"
                        "  do           mend it, or restore the backup: docs/warehouse.md"
                    ) from problem
                if time.monotonic() >= deadline:
                    raise Busy(self._held_by(str(problem))) from problem
                time.sleep(_PAUSE_SECONDS)
                continue
            if not read_only:
                self._keep_blocks(root)
            if self._runs:
                root.execute(_NO_CHECKPOINT)
            return root

    def _keep_blocks(self, root: duckdb.DuckDBPyConnection) -> None:
        try:
            self._blocks.keep(root)
        except StoreFailed:
            root.execute("pragma disable_checkpoint_on_shutdown")
            root.close()
            raise

    def _held_by(self, problem: str) -> str:
        found = _HOLDER.search(problem)
        holder = f"process {found[1]}" if found else "another process"
        return (
            f"{self.path}: {holder} holds the warehouse\n"
            f"  waited       {self.patience_seconds:g} s\n"
            "  do           try again when it has ended, or keep the warehouse in PostgreSQL"
        )


def _let_go_of_pages(root: duckdb.DuckDBPyConnection) -> None:
    """Let go of what was read of the file: the checkpoint takes its place in memory."""
    [(others,)] = root.execute(
        "select cast(sum(memory_usage_bytes) as bigint) from duckdb_memory()"
        " where tag <> 'BASE_TABLE'"
    ).fetchall()
    with suppress(duckdb.OutOfMemoryException):  # more is in use: as much as can be was let go
        root.execute(f"set memory_limit = '{others} bytes'")
    root.execute("reset memory_limit")
