"""The inbox of provider events: one SQLite file that the receiver fills and the drain empties.

An event is stored once, under what makes it that event. The commit is on disk before anybody is
told so. Only what is needed is kept: no address, no network address, no browser.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from callsheet.crash_points import Point, reached
from callsheet.errors import Busy, StoreFailed

FILE = "inbox.sqlite"
_PATIENCE_SECONDS = 30.0
_KEYS_AT_ONCE = 500
_SCHEMA = """
create table if not exists received (
    place integer primary key autoincrement,
    key text not null unique,
    source text not null,
    received_at text not null,
    is_late integer not null,
    body text not null,
    fate text not null default '',
    settled_at text not null default ''
);
create index if not exists received_unsettled on received (place) where fate = '';
"""


class InboxFailed(StoreFailed):
    """The inbox cannot be read or written; the warehouse is not concerned."""


@dataclass(frozen=True)
class Received:
    """One event as it came in; `key` says which event it is, `body` is JSON text."""

    key: str
    source: str
    body: str
    received_at: datetime
    is_late: bool = False
    place: int = 0


class Inbox:
    """The inbox kept in a folder."""

    def __init__(self, home: Path) -> None:
        self.file = home / FILE

    @property
    def exists(self) -> bool:
        """Say whether anything was ever received."""
        return self.file.is_file()

    def store(self, events: Sequence[Received]) -> int:
        """Keep the events that are not known yet; durable on return. Return how many were new."""
        with self._open() as file:
            before = file.total_changes
            file.executemany(
                "insert into received (key, source, received_at, is_late, body)"
                " values (?, ?, ?, ?, ?) on conflict (key) do nothing",
                [(e.key, e.source, _text(e.received_at), e.is_late, e.body) for e in events],
            )
            reached(Point.IN_EVENT_INBOX)
            return file.total_changes - before

    def unsettled(self, after: int, most: int) -> list[Received]:
        """Return up to `most` events that nothing was made of yet, from place `after` on."""
        with self._open() as file:
            rows = file.execute(
                "select key, source, body, received_at, is_late, place from received"
                " where fate = '' and place > ? order by place limit ?",
                (after, most),
            ).fetchall()
        return [
            Received(key, source, body, datetime.fromisoformat(moment), bool(is_late), place)
            for key, source, body, moment, is_late, place in rows
        ]

    def settle(self, fates: Mapping[str, str], moment: datetime) -> None:
        """Note what became of events, by key."""
        with self._open() as file:
            file.executemany(
                "update received set fate = ?, settled_at = ? where key = ?",
                [(fate, _text(moment), key) for key, fate in fates.items()],
            )

    def counts(self) -> dict[str, int]:
        """Return how many events came to each fate; those that wait for the drain under ''."""
        with self._open() as file:
            return dict(file.execute("select fate, count(*) from received group by fate"))

    def count_since(self, fate: str, moment: datetime) -> int:
        """Return how many events came to `fate` since `moment`."""
        with self._open() as file:
            [row] = file.execute(
                "select count(*) from received where fate = ? and settled_at >= ?",
                (fate, _text(moment)),
            )
        return int(row[0])

    def forget(self, before: datetime) -> int:
        """Remove what was settled before a moment; return how many events that were."""
        with self._open() as file:
            return file.execute(
                "delete from received where fate <> '' and settled_at < ?", (_text(before),)
            ).rowcount

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Open the file for one transaction: committed and on disk at the end, or nothing of it."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        try:
            with closing(sqlite3.connect(self.file, timeout=_PATIENCE_SECONDS)) as file:
                file.execute("pragma journal_mode = wal")
                file.execute("pragma synchronous = full")
                file.executescript(_SCHEMA)
                with file:
                    yield file
        except sqlite3.OperationalError as problem:
            if "locked" in str(problem):
                raise Busy(f"{self.file}: another process writes it; try again") from problem
            raise InboxFailed(f"{self.file}: {problem}") from problem
        except sqlite3.DatabaseError as problem:
            raise InboxFailed(f"{self.file}: {problem}") from problem


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")
