"""The key of each customer, in `keys.sqlite`: destroying it erases whatever it sealed.

Keys lie apart from lake and warehouse, so that a backup of these holds no personal data that can
be read without them. A destroyed key leaves its name behind: a later pull makes no new one.
"""

import json
import os
import sqlite3
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

FILE = "keys.sqlite"
# A delivery's key seals the rows set aside that name nobody we know, `list` what was said of many.
Kind = Literal["customer", "delivery", "list"]
_KEY_BYTES = 32  # AES-SIV takes two halves of 128 bits
_PATIENCE_SECONDS = 30.0
_TABLE = """
create table if not exists key (
    kind text not null, name text not null, secret blob, primary key (kind, name)
) without rowid
"""
_KNOWN = """
select name, secret from key
where kind = ? and secret is not null and name in (select value from json_each(?))
"""
_ABSENT = """
select value from json_each(?)
where not exists (select 1 from key where kind = ? and name = value)
"""


class KeyRing:
    """The keys of one home folder. Safe for threads; other processes may use the file as well."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._opened: sqlite3.Connection | None = None

    @classmethod
    def of(cls, home: Path) -> "KeyRing":
        """Return the keys kept in `home`; the file is made when the first key is."""
        with _known_lock:
            ring = _asked.get(home)
            if ring is None:
                path = home.resolve() / FILE
                ring = _asked[home] = _known.setdefault(path, cls(path))
            return ring

    def known(self, names: Collection[str], kind: Kind = "customer") -> dict[str, bytes]:
        """Return the keys of `names`; who has none, or had one that was destroyed, is left out."""
        if not self.path.exists():
            return {}
        with self._connection() as con:
            return dict(con.execute(_KNOWN, (kind, json.dumps(list(names)))).fetchall())

    def made(self, names: Collection[str], kind: Kind = "customer") -> dict[str, bytes]:
        """Return the keys of `names`, new ones made; a destroyed key is not made again."""
        asked = json.dumps(list(names))
        with self._connection() as con:
            known: dict[str, bytes] = dict(con.execute(_KNOWN, (kind, asked)).fetchall())
            if len(known) == len(set(names)):
                return known
            absent = con.execute(_ABSENT, (asked, kind)).fetchall()
            if absent:
                new = [(kind, name, os.urandom(_KEY_BYTES)) for (name,) in absent]
                with con:  # of two makers the first one wins: what lies there is read below
                    con.executemany("insert or ignore into key values (?, ?, ?)", new)
            return dict(con.execute(_KNOWN, (kind, asked)).fetchall())

    def is_destroyed(self, name: str, kind: Kind = "customer") -> bool:
        """Say whether this key was destroyed and not admitted again."""
        return name in self.destroyed(kind)

    def destroyed(self, kind: Kind = "customer") -> frozenset[str]:
        """Return whose keys were destroyed."""
        if not self.path.exists():
            return frozenset()
        with self._connection() as con:
            rows = con.execute("select name from key where kind = ? and secret is null", (kind,))
            return frozenset(name for (name,) in rows.fetchall())

    def destroy(self, name: str, kind: Kind = "customer") -> None:
        """Overwrite a key for good; its name stays, so that none is made again."""
        with self._connection() as con, con:
            con.execute(
                "insert into key values (?, ?, null)"
                " on conflict (kind, name) do update set secret = null",
                (kind, name),
            )

    def admit_again(self, name: str, kind: Kind = "customer") -> None:
        """Forget that a key was destroyed: the next pull makes a new one. The old one is gone."""
        with self._connection() as con, con:
            con.execute(
                "delete from key where kind = ? and name = ? and secret is null", (kind, name)
            )

    def compact(self) -> None:
        """Write the file anew, without the pages that were freed."""
        if self.path.exists():
            with self._connection() as con:
                con.execute("vacuum")

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            if self._opened is None or not self.path.exists():
                self._opened = self._open()
            yield self._opened

    def _open(self) -> sqlite3.Connection:
        if self._opened is not None:
            self._opened.close()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(self.path, os.O_CREAT | os.O_WRONLY, 0o600))  # for its owner only
        con = sqlite3.connect(self.path, timeout=_PATIENCE_SECONDS, check_same_thread=False)
        con.execute("pragma secure_delete = on")  # what is deleted is overwritten with zeros
        con.execute(_TABLE)
        con.commit()
        return con


_known: dict[Path, KeyRing] = {}
_asked: dict[Path, KeyRing] = {}  # by the home as it was named
_known_lock = threading.Lock()
