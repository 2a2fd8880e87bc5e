"""Who dispatches: one owner at a time, so that what a dead one left behind can be recognised.

On the embedded warehouse the operating system's lock on `dispatch.lock` is held for a whole
dispatch and dies with its process. On PostgreSQL it is a lease for one entity or for all, with a
fence that grows with every holder: what an older fence began, nobody alive will finish. A holder
that could not renew its lease in time (it was stopped, or the server was gone) sends no more.
"""

import math
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pyarrow as pa
from sqlmodel import SQLModel

from callsheet import clock
from callsheet.errors import Busy, StoreLost
from callsheet.file_lock import locked
from callsheet.settings import Settings
from callsheet.store.arrow_types import arrow_schema
from callsheet.store.restarts import through_restarts
from callsheet.store.transaction import Transaction
from callsheet.store.warehouse import Warehouse

ALL = "*"
_RENEWALS = 3  # in a lease's time
_PATIENCE_SECONDS = 5.0  # with who holds all entities for a moment, as recovery does
_PAUSE_SECONDS = 0.1
_PREFIX = "dispatch:"
_LOCK_FILE = "dispatch.lock"
_process_lock = threading.Lock()  # one dispatch at a time in one process: batches queue here


@dataclass
class Owner:
    """The right to send; `is_lost` says that another has taken it over."""

    lease: str
    fence: int
    until: float = math.inf  # of the monotonic clock, which no stop of the process holds up
    lost: threading.Event = field(default_factory=threading.Event)

    @property
    def is_lost(self) -> bool:
        """Say whether sending must stop: the lease ran out or was taken."""
        return self.lost.is_set() or time.monotonic() >= self.until

    @property
    def mark(self) -> dict[str, str | int]:
        """Return what an attempt records of its owner."""
        return {"lease": self.lease, "fence": self.fence}


@contextmanager
def owning(
    warehouse: Warehouse,
    settings: Settings,
    entity: str | None = None,
    moment: Callable[[], datetime] = clock.now,
    *,
    patience_seconds: float = _PATIENCE_SECONDS,
) -> Iterator[Owner]:
    """Own the dispatch of an entity (None: of all) meanwhile; Busy when somebody else does.

    A lease that another holds is waited for a little, the lock of an embedded warehouse is not.
    """
    with _process_lock:
        if warehouse.kind == "duckdb":
            do = "wait until it has ended; two of them would not send more"
            with locked(settings.home / _LOCK_FILE, "is dispatching", do):
                yield Owner(lease="", fence=0)
        else:
            holder = f"{socket.gethostname()}/{os.getpid()}/{uuid4()}"
            name = f"{_PREFIX}{entity or ALL}"
            lease = _Lease(warehouse, name, holder, settings.lease_seconds, moment)
            with _leased(lease, patience_seconds) as owner:
                yield owner


def is_dead(tx: Transaction, owner: Owner, mark: Mapping[str, Any]) -> bool:
    """Say whether the owner of an attempt is proved dead, now that `owner` holds the right."""
    if owner.lease == "":
        return True  # the lock is ours: whoever began this attempt is gone
    lease, fence = str(mark.get("lease", "")), int(mark.get("fence", 0))
    if lease == owner.lease:
        return fence < owner.fence
    rows = tx.fetch("select fence from lease where name = $name", name=lease)
    return not rows or fence < int(rows[0][0])


@contextmanager
def _leased(lease: "_Lease", patience_seconds: float) -> Iterator[Owner]:
    owner = _taken_soon(lease, time.monotonic() + patience_seconds)
    ended = threading.Event()
    renewing = threading.Thread(target=lease.renew_until, args=(owner, ended), daemon=True)
    renewing.start()
    try:
        yield owner
    finally:
        ended.set()
        renewing.join()
        lease.give_back(owner)


def _taken_soon(lease: "_Lease", until: float) -> Owner:
    while True:
        try:
            return through_restarts(lease.take)
        except Busy:
            if time.monotonic() >= until:
                raise
        time.sleep(_PAUSE_SECONDS)


@dataclass(frozen=True)
class _Lease:
    """A lease from its taking to its return, through restarts of the server."""

    warehouse: Warehouse
    name: str
    holder: str
    seconds: int
    moment: Callable[[], datetime]

    def take(self) -> Owner:
        """Take it; Busy when somebody else has it. Taken twice in a row, the second counts."""
        started = time.monotonic()
        with self.warehouse.transaction() as tx:
            owner = _take(tx, self.name, self.holder, self.moment(), self.seconds)
        owner.until = started + self.seconds
        return owner

    def renew_until(self, owner: Owner, ended: threading.Event) -> None:
        """Renew it again and again until the dispatch has ended or the lease is another's."""
        while not ended.wait(self.seconds / _RENEWALS):
            started = time.monotonic()
            with suppress(StoreLost, Busy):  # asked again soon; without an answer it runs out
                if not self._renewed(owner, self.seconds):
                    owner.lost.set()
                    return
                owner.until = started + self.seconds

    def give_back(self, owner: Owner) -> None:
        """Let it run out now; a server that is gone lets it run out by itself."""
        with suppress(StoreLost, Busy):
            self._renewed(owner, 0)

    def _renewed(self, owner: Owner, seconds: int) -> bool:
        with self.warehouse.transaction() as tx:
            until_at = self.moment() + timedelta(seconds=seconds)
            return _write_if_ours(tx, owner, self.holder, until_at)


def _take(tx: Transaction, name: str, holder: str, now: datetime, seconds: int) -> Owner:
    """Take the lease, and raise the fence of every lapsed one that covers the same actions."""
    tx.alone("lease")
    rows = tx.fetch("select name, holder, fence, until_at from lease")
    rivals = [row for row in rows if _overlap(name, row[0])]
    for rival, by, _, until_at in rivals:
        if until_at > now and by != holder:
            raise Busy(f"{rival}: {by} is dispatching until {until_at:%H:%M:%S} UTC at least")
    fences = {row[0]: int(row[2]) + 1 for row in rivals}
    fences.setdefault(name, 1)
    until_at = now + timedelta(seconds=seconds)
    _write(
        tx,
        [
            (rival, holder, fence, until_at if rival == name else now)
            for rival, fence in fences.items()
        ],
    )
    return Owner(name, fences[name])


def _overlap(one: str, other: str) -> bool:
    if not other.startswith(_PREFIX):
        return False
    return one == other or _PREFIX + ALL in {one, other}


def _write_if_ours(tx: Transaction, owner: Owner, holder: str, until_at: datetime) -> bool:
    tx.alone("lease")
    rows = tx.fetch("select fence from lease where name = $name", name=owner.lease)
    if not rows or int(rows[0][0]) != owner.fence:
        return False
    _write(tx, [(owner.lease, holder, owner.fence, until_at)])
    return True


def _write(tx: Transaction, leases: Sequence[tuple[str, str, int, datetime]]) -> None:
    schema = arrow_schema(SQLModel.metadata.tables["lease"])
    rows = [dict(zip(schema.names, lease, strict=True)) for lease in leases]
    tx.replace("lease", pa.Table.from_pylist(rows, schema=schema))
