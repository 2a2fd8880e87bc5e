"""Where published snapshots lie: below the lake, and in object storage if the settings name one.

A snapshot is never changed, so a copy of it is as good as the snapshot. What another machine
published is brought here once, and checked against its manifest.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

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
        place = self.lake / name
        if self.storage is not None and not place.exists():
            with self._alone():
                if not place.exists():
                    self._bring(self.storage, name)
        return place

    def file(self, name: str, file: str) -> Path:
        """Return where one file of a snapshot lies; only that file is brought here."""
        place = self.lake / name
        if self.storage is None or place.exists():
            return place / file
        single = self.lake / "brought" / name
        with self._alone():
            if not (single / file).exists():
                staging = staging_in(self.lake / "snapshot", "brought")
                self.storage.get([file], name, staging)
                single.mkdir(parents=True, exist_ok=True)
                (staging / file).rename(single / file)
        return single / file

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

    def _bring(self, storage: ObjectFolder, name: str) -> None:
        staging = staging_in(self.lake / "snapshot", "brought")
        there = storage.names(name)
        if MANIFEST not in there:
            raise StoreFailed(
                f"{storage.shown}/{name}: the snapshot is not there\n"
                "  do           restore it, or let the machine that published it copy it there"
            )
        storage.get((PurePosixPath(one).name for one in there), name, staging)
        _check(staging, name, storage.shown)
        make_visible(staging, self.lake / name)


def _check(staging: Path, name: str, shown: str) -> None:
    """Compare what was brought with the manifest, and the manifest with the snapshot's name."""
    manifest = (staging / MANIFEST).read_text()
    wrong = [] if name.endswith(digest(manifest)[:12]) else [MANIFEST]
    for file, expected in manifest_files(manifest).items():
        place = staging / file
        if not place.exists() or digest_of(place) != expected:
            wrong.append(file)
    if wrong:
        raise StoreFailed(
            f"{shown}/{name}: these files are not what was published: {', '.join(wrong)}\n"
            "  do           restore them from a backup; nothing was read from them"
        )
