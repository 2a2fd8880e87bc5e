"""The folder that delivery notices are put into: a Maildir, or a plain folder of .eml files.

A notice that was read is moved, never deleted: in a Maildir from `new` to `cur`, else to `read`.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from callsheet.evidence.delivery_notices import MOST_BYTES

MOST_FILES = 2000  # in one go; the rest waits for the next
_SEEN = ":2,S"  # a Maildir's mark of a mail that was read


@dataclass(frozen=True)
class NoticeFile:
    """One file and its bytes; a file that is too large has none."""

    place: Path
    content: bytes


@dataclass(frozen=True)
class NoticeFolder:
    """Where notices lie."""

    folder: Path

    @property
    def is_maildir(self) -> bool:
        """Say whether it has a Maildir's three folders."""
        return all((self.folder / name).is_dir() for name in ("new", "cur", "tmp"))

    def files(self) -> Iterator[NoticeFile]:
        """Yield what has not been read yet, in the order of its names; links are not followed."""
        folder = self.folder / "new" if self.is_maildir else self.folder
        with os.scandir(folder) as entries:
            names = sorted(e.name for e in entries if e.is_file(follow_symlinks=False))
        wanted = [n for n in names if self.is_maildir or n.lower().endswith(".eml")]
        for name in wanted[:MOST_FILES]:
            content = _content(folder / name)
            if content is not None:
                yield NoticeFile(folder / name, content)

    def put_away(self, file: NoticeFile) -> None:
        """Move a file that was read out of the way."""
        if self.is_maildir:
            name = file.place.name.partition(":2,")[0] + _SEEN
            place = self.folder / "cur" / name
        else:
            place = self.folder / "read" / file.place.name
            place.parent.mkdir(exist_ok=True)
        file.place.replace(place)


def _content(place: Path) -> bytes | None:
    """Return a regular file's bytes, none of one that is too large; None when it is gone."""
    try:
        opened = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with os.fdopen(opened, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return None
        content = file.read(MOST_BYTES + 1)
    return content if len(content) <= MOST_BYTES else b""
