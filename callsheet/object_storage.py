"""Folders of object storage, by their address: `s3://bucket/folder`.

Arrow speaks to them. The keys are found where the provider's own tools find them
(`AWS_ACCESS_KEY_ID`, a profile, the machine's role), so that none stands in a file of ours.
"""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlsplit

from pydantic import AfterValidator

from callsheet.errors import CallsheetError

SCHEMES = ("s3://", "gs://", "abfs://", "abfss://")
_BLOCK = 1 << 20
_SECRET_WORDS = ("key", "secret", "password", "token")


class StorageUnavailable(CallsheetError):
    """The object storage did not answer, or refused: what was to be kept there does not count."""


def holds_keys(url: str) -> bool:
    """Say whether an address of object storage holds a key or a secret, as user or as option."""
    parts = urlsplit(url)
    user, _, _ = parts.netloc.rpartition("@")
    is_container = parts.scheme in {"abfs", "abfss"} and ":" not in user
    options = {name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    hidden = [name for name in options if any(word in name for word in _SECRET_WORDS)]
    return bool(hidden or (user and not is_container))


def _checked(url: str) -> str:
    if not url.startswith(SCHEMES):
        raise ValueError(f"an address of object storage begins with one of {', '.join(SCHEMES)}")
    if holds_keys(url):
        raise ValueError("keys belong in the environment (AWS_ACCESS_KEY_ID …), not in an address")
    return url


ObjectUrl = Annotated[str, AfterValidator(_checked)]


@dataclass(frozen=True)
class ObjectFolder:
    """A folder of object storage. `url` may end with options: `?region=…&endpoint_override=…`."""

    url: str

    @property
    def shown(self) -> str:
        """Return the address without its options."""
        return self.url.partition("?")[0]

    def names(self, below: str = "") -> dict[str, float]:
        """Return the names of the files in the folder, with when each was written (Unix time)."""
        from pyarrow.fs import FileSelector, FileType  # takes a tenth of a second to import

        with self._asked():
            found = self._there.get_file_info(FileSelector(below, allow_not_found=True))
        return {one.base_name: one.mtime_ns / 1e9 for one in found if one.type == FileType.File}

    def put(self, files: Iterable[Path], below: str) -> None:
        """Copy `files` into the folder `below`, in the order given."""
        for file in files:
            path = f"{below}/{file.name}"
            with (
                file.open("rb") as source,
                self._asked(),
                self._there.open_output_stream(path) as target,
            ):
                shutil.copyfileobj(source, target, _BLOCK)

    def get(self, names: Iterable[str], below: str, into: Path) -> None:
        """Copy the files `names` of the folder `below` into the local folder `into`."""
        for name in names:
            path = f"{below}/{name}"
            with (
                (into / name).open("wb") as target,
                self._asked(),
                self._there.open_input_stream(path) as source,
            ):
                shutil.copyfileobj(source, target, _BLOCK)

    @cached_property
    def _there(self) -> Any:
        """Return the folder as a file system of its own."""
        from pyarrow.fs import FileSystem, SubTreeFileSystem

        with self._asked():
            storage, folder = FileSystem.from_uri(self.url)
        return SubTreeFileSystem(folder, storage)

    @contextmanager
    def _asked(self) -> Iterator[None]:
        """Say of a failure which storage it was; Arrow raises OSError, and ValueError for a URL."""
        try:
            yield
        except (OSError, ValueError) as problem:
            raise StorageUnavailable(
                f"{self.shown}: the object storage cannot be used\n  found        {problem}\n"
                "  do           see that it answers, and that the keys in the environment may read"
                " and write there"
            ) from problem
