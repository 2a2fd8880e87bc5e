"""Where published snapshots lie: below the lake, and in object storage if the settings name one.

A snapshot is never changed, so a copy of it is as good as the snapshot. What another machine
published is brought here once, and checked against its manifest.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from callsheet.errors import StoreFailed
from callsheet.file_lock import locked
from callsheet.keys import digest
from callsheet.object_storage import ObjectFolder
from callsheet.settings import Settings
from callsheet.snapshots.whole_folder import (
    MANIFEST,
    digest_of,
    make_visible,
    manifest_files,
    staging_in,
)

_PATIENCE_SECONDS = 600.0


@dataclass(frozen=True)
class KeptSnapshots:
    """The snapshots in the folder `lake` of this machine, and in `storage`."""

    lake: Path
    storage: ObjectFolder | None = None

    @classmethod
    def of(cls, settings: Settings) -> "KeptSnapshots":
        """Return the snapshots as the settings keep them."""
        storage = ObjectFolder(settings.lake_url) if settings.lake_url else None
        return cls(settings.home / "lake", storage)

    def folder(self, name: str) -> Path:
        """Return where the snapshot in folder `name` lies; it is brought here if it must be.

        StoreFailed when what is kept is not what was published.
        """
        return self._brought(name, self.lake / name)

    def file(self, name: str, file: str, expected: str) -> Path:
        """Return where one file of a snapshot lies; only that file is brought here.

        `expected` is the digest its manifest has; StoreFailed when what is kept has another.
        """
        place = self.lake / name
        if self.storage is not None and not place.exists():
            place = self._brought(name, self.lake / "brought" / name, {file: expected})
        return place / file

    def share(self, name: str) -> None:
        """Copy a snapshot into the object storage, its manifest last; done before it counts."""
        if self.storage is not None:
            files = sorted((self.lake / name).iterdir(), key=lambda file: file.name == MANIFEST)
            self.storage.put(files, name)

    def _alone(self) -> AbstractContextManager[None]:
        return locked(
            self.lake / "snapshot" / ".brought.lock",
            "is bringing a snapshot here",
            "try again when it has ended",
            _PATIENCE_SECONDS,
        )

    def _brought(self, name: str, place: Path, digests: Mapping[str, str] | None = None) -> Path:
        """Bring the files in `digests` (None: the whole snapshot) to `place`, unless they are."""
        if self.storage is None or place.exists():
            return place
        with self._alone():
            if not place.exists():
                staging = staging_in(self.lake / "snapshot", "brought")
                self.storage.get(digests or self._listed(self.storage, name), name, staging)
                wrong = _wrong(staging, digests) if digests else _wrong_in_all(staging, name)
                self._refuse(name, wrong)
                make_visible(staging, place)
        return place

    def _listed(self, storage: ObjectFolder, name: str) -> Iterable[str]:
        there = storage.names(name)
        if MANIFEST not in there:
            raise StoreFailed(
                f"{storage.shown}/{name}: the snapshot is not there\n"
                "  do           restore it, or let the machine that published it copy it there"
            )
        return there

    def _refuse(self, name: str, wrong: Sequence[str]) -> None:
        if wrong and self.storage is not None:
            raise StoreFailed(
                f"{self.storage.shown}/{name}: these files are not what was published:"
                f" {', '.join(wrong)}\n"
                "  do           restore them from a backup; nothing was read from them"
            )


def _wrong_in_all(staging: Path, name: str) -> list[str]:
    """Compare what was brought with the manifest, and the manifest with the snapshot's name."""
    manifest = (staging / MANIFEST).read_text()
    wrong = [] if name.endswith(digest(manifest)[:12]) else [MANIFEST]
    return wrong + _wrong(staging, manifest_files(manifest))


def _wrong(staging: Path, digests: Mapping[str, str]) -> list[str]:
    return [
        file
        for file, expected in digests.items()
        if not (staging / file).exists() or digest_of(staging / file) != expected
    ]
