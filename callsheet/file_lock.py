"""A lock of the operating system: it dies with the process that holds it."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from callsheet.errors import Busy

_PAUSE_SECONDS = 0.1
_TURN_SECONDS = 0.02


@contextmanager
def locked(place: Path, does: str, do: str, patience_seconds: float = 0) -> Iterator[None]:
    """Hold the lock on the file `place`; Busy, naming the process, when another one keeps it.

    `does` says what the other process is at, `do` what a person can do about it.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + patience_seconds
    with place.open("a+") as file:
        while not _taken(file):
            if time.monotonic() >= until:
                file.seek(0)
                raise Busy(
                    f"{place}: process {file.read().strip() or 'unknown'} {does}\n"
                    f"  do           {do}"
                )
            time.sleep(_PAUSE_SECONDS)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


@contextmanager
def in_turn(folder: Path, until: float) -> Iterator[None]:
    """Stand in line at `folder`: who comes later waits until the block is left.

    At `until` (of the monotonic clock) whoever still waits goes on without it. Where there is no
    folder there is no line: whoever opens the file says what is wrong.
    """
    if not folder.is_dir():
        yield
        return
    line = os.open(folder, os.O_RDONLY)
    try:
        while not _taken(line) and time.monotonic() < until:
            time.sleep(_TURN_SECONDS)
        yield
    finally:
        os.close(line)


def is_awaited(folder: Path) -> bool:
    """Say whether anybody stands in line at `folder`."""
    line = os.open(folder, os.O_RDONLY)
    try:
        return not _taken(line)
    finally:
        os.close(line)


def _taken(file: TextIO | int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
