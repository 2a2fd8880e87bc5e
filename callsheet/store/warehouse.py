"""The warehouse: where the ledger, the actions and the folded state lie.

Embedded it is one DuckDB file in the home folder, opened late and closed early; else a PostgreSQL
database. A transaction inside a transaction of the same thread is an error, since the inner one
could not be durable before the outer ends; a reading inside either reads what that one sees.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from callsheet.settings import Settings
from callsheet.store.duckdb_store import DuckdbFile
from callsheet.store.releases import RELEASES, Releases, Step
from callsheet.store.roles import give_rights
from callsheet.store.transaction import Transaction
from callsheet.store.warehouse_schema import climb, create_missing, is_current, steps_to_climb

if TYPE_CHECKING:
    from callsheet.store.postgres_store import PostgresServer

__all__ = ["Transaction", "Warehouse"]


class Warehouse:
    """The warehouse of one company, as this process sees it."""

    def __init__(
        self,
        store: "DuckdbFile | PostgresServer",
        home: Path | None = None,
        releases: Releases = RELEASES,
    ) -> None:
        self._store = store
        self._home = home
        self._releases = releases
        self._here = threading.local()  # the transaction this thread is in
        self._schema_lock = threading.Lock()
        self._is_ready = False

    @classmethod
    def of(cls, settings: Settings) -> "Warehouse":
        """Return the warehouse that `settings` name; it is made when first used."""
        url = settings.warehouse.get_secret_value()
        key = url or str((settings.home / "warehouse.duckdb").resolve())
        with _known_lock:
            if key not in _known:
                store = _server(url) if url else DuckdbFile(Path(key))
                _known[key] = cls(store, settings.home)
            return _known[key]

    @property
    def kind(self) -> Literal["duckdb", "postgresql"]:
        """Which engine it is kept in."""
        return self._store.kind

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Yield a transaction that may write: committed at the end, rolled back on an error.

        Busy, naming the process, when the embedded file stays held for 30 seconds.
        """
        if self._mine() is not None:
            raise RuntimeError("a transaction inside another one of this thread: hand it down")
        self._make_ready()
        with self._store.open(write=True) as tx, self._entered(tx):
            yield tx

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Yield a transaction for reading; inside another one of this thread, that one."""
        if (outer := self._mine()) is not None:
            yield outer
            return
        self._make_ready()
        with self._store.open(write=False) as tx, self._entered(tx):
            yield tx

    @contextmanager
    def held(self, *, for_small_work: bool = False) -> Iterator[None]:
        """Keep the warehouse open, so that many short transactions cost no opening each.

        Other processes wait for an embedded file meanwhile: hold it only while there is work to
        do. Small work, a few rows at a time, is asked on one thread.
        """
        self._make_ready()
        with self._store.held(for_small_work=for_small_work):
            yield

    def release(self) -> tuple[str, tuple[Step, ...]]:
        """Return the release its tables are of ('' if there are none) and what brings them up."""
        if not self._store.exists():
            return "", ()
        with self._store.open(write=False) as tx:
            return steps_to_climb(tx, self._releases)

    def migrate(self) -> tuple[Step, ...]:
        """Bring its tables up to this version's release, all or nothing; return what was done."""
        with self._schema_lock:
            _, steps = self.release()
            if steps:
                with self._store.migrating() as (tx, connection):
                    tx.alone("schema")
                    _, steps = steps_to_climb(tx, self._releases)
                    if steps:  # nobody else did it meanwhile
                        climb(tx, connection, self._releases)
        self._make_ready()
        return steps

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """Keep an embedded file open between uses that follow each other closely.

        Other processes wait meanwhile, but every few seconds it is let go for a moment. A server's
        connections are cheap, and nobody waits for them.
        """
        with self._store.kept_open() if isinstance(self._store, DuckdbFile) else nullcontext():
            yield

    def give_rights(self) -> None:
        """Make the roles of a PostgreSQL warehouse and give each its rights."""
        with self.transaction() as tx:
            give_rights(tx)

    def _mine(self) -> Transaction | None:
        return getattr(self._here, "tx", None)

    @contextmanager
    def _entered(self, tx: Transaction) -> Iterator[None]:
        tx.home = self._home
        self._here.tx = tx
        try:
            yield
        finally:
            self._here.tx = None

    def _make_ready(self) -> None:
        """Make missing tables and views, once per process; again when the file was removed."""
        if self._is_ready and self._store.exists():
            return
        with self._schema_lock:
            if self._store.exists():
                with self._store.open(write=False) as tx:
                    self._is_ready = is_current(tx, self._releases)
            if self._is_ready and self._store.exists():
                return
            if isinstance(self._store, DuckdbFile):
                self._store.path.parent.mkdir(parents=True, exist_ok=True)
            with self._store.open(write=True) as tx:
                create_missing(tx, self._releases)
            self._is_ready = True


def _server(url: str) -> "PostgresServer":
    from callsheet.store.postgres_store import PostgresServer  # slow to load

    return PostgresServer(url)


_known: dict[str, Warehouse] = {}  # one per file or address, and process
_known_lock = threading.Lock()
