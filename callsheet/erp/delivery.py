"""Find the files of a delivery, wait until they are complete, and name them by their digest.

A file's name is never used as a path: files are found by listing the source's folder.
"""

import hashlib
import re
import time
from collections.abc import Callable, Iterable
from collections.abc import Mapping as Entries
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

from callsheet.erp.mapping import Mapping, Pull, TableMapping
from callsheet.errors import PullRejected

_NAME = re.compile(r"[\w.()+@#&=,' \[\]-]{1,200}")
_DAY = re.compile(r"\{as_of(?::([^}]*))?\}")
_BLOCK = 1 << 20


@dataclass(frozen=True)
class State:
    """What tells that a file is still being written."""

    size: int
    modified_ns: int
    inode: int


@dataclass(frozen=True)
class Delivery:
    """The files of every table, in order, as they stood; `digest` names their bytes."""

    files: Entries[str, tuple[Path, ...]]
    states: Entries[Path, State]
    digest: str

    def check_unmoved(self) -> None:
        """Raise PullRejected `not_stable` if any file changed since it was found."""
        for path, state in self.states.items():
            if _state(path) != state:
                raise PullRejected("not_stable", f"{path.name}: changed while it was read")


def find_delivery(
    folder: Path, mapping: Mapping, as_of: date, now: Callable[[], float], shown: str = ""
) -> Delivery:
    """Return the complete delivery in `folder`; PullRejected when it cannot be had.

    `now` gives seconds since 1970: the age of a file decides whether it may still be growing.
    `shown` is what a person knows the folder by.
    """
    shown = shown or str(folder)
    if not folder.is_dir():
        raise PullRejected("missing_file", f"{shown}: no such folder")
    marker = mapping.pull.done_marker
    if marker and not _matching(folder, marker):
        raise PullRejected("not_stable", f"{shown}: {marker} is not there yet")
    files = {
        name: _files(folder, table, as_of, shown)
        for name, table in mapping.tables.items()
        if table.file is not None
    }
    paths = sorted({path for found in files.values() for path in found})
    states = _settled(paths, mapping.pull, now)
    for path, state in states.items():
        if state.size == 0:
            raise PullRejected("empty_file", f"{path.name}: 0 bytes; nothing was read")
    return Delivery(files, states, _digest(paths))


def wanted_names(names: Iterable[str], mapping: Mapping, as_of: date) -> set[str]:
    """Return which of these file names the delivery of `as_of` is made of."""
    known = sorted(names)
    marker = mapping.pull.done_marker or ""
    wanted = {name for name in known if fnmatchcase(name, marker)}
    for table in mapping.tables.values():
        found = [name for name in known if fnmatchcase(name, _pattern(table, as_of))]
        wanted.update(found[-1:] if table.files == "last" else found)
    return wanted


def _pattern(table: TableMapping, as_of: date) -> str:
    return _DAY.sub(lambda found: as_of.strftime(found[1] or "%Y-%m-%d"), table.file or "")


def _files(folder: Path, table: TableMapping, as_of: date, shown: str) -> tuple[Path, ...]:
    pattern = _pattern(table, as_of)
    found = _matching(folder, pattern)
    if not found and not table.optional:
        raise PullRejected("missing_file", f"{pattern}: no such file in {shown}")
    if len(found) > 1 and table.files == "one":
        names = ", ".join(path.name for path in found[:5])
        raise PullRejected("ambiguous_files", f"{pattern}: several files match: {names}")
    return tuple(found[-1:] if table.files == "last" else found)


def _matching(folder: Path, pattern: str) -> list[Path]:
    """Return the plain files of `folder` that match, by name; anything odd is refused."""
    found = sorted(path for path in folder.iterdir() if fnmatchcase(path.name, pattern))
    home = folder.resolve()
    for path in found:
        if not _NAME.fullmatch(path.name):
            raise PullRejected("file_name", f"{path.name!r}: characters no file name may have")
        if path.resolve().parent != home or not path.is_file():
            raise PullRejected("file_name", f"{path.name}: leads out of {folder}")
    return found


def _settled(paths: list[Path], pull: Pull, now: Callable[[], float]) -> dict[Path, State]:
    """Return the states once none has moved for `stable_seconds`; else `not_stable`."""
    states = {path: _state(path) for path in paths}
    for _attempt in range(pull.attempts):
        youngest = max((s.modified_ns / 1e9 for s in states.values()), default=0.0)
        if now() - youngest >= pull.stable_seconds:
            return states
        time.sleep(pull.stable_seconds)
        before, states = states, {path: _state(path) for path in paths}
        if before == states:
            return states
    moving = ", ".join(path.name for path in paths)
    raise PullRejected("not_stable", f"{moving}: still being written; the next run tries again")


def _state(path: Path) -> State:
    try:
        found = path.stat()
    except FileNotFoundError:
        raise PullRejected("not_stable", f"{path.name}: vanished while it was read") from None
    return State(found.st_size, found.st_mtime_ns, found.st_ino)


def _digest(paths: list[Path]) -> str:
    """Return one digest of names and bytes, in order of name."""
    whole = hashlib.sha256()
    for path in paths:
        whole.update(path.name.encode() + b"\0")
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                whole.update(block)
    return whole.hexdigest()
