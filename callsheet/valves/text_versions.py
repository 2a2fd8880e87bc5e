"""Which version of its text a message is written with: the hash of all that it is made of."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from callsheet.dispatching.routing import MAILS
from callsheet.keys import canonical_text, digest
from callsheet.messages.rendering import FOLDERS
from callsheet.vocabulary import ActionType


@dataclass(frozen=True)
class TextVersions:
    """The texts of one folder, as they lie there now."""

    folder: Path

    @staticmethod
    def name(channel: ActionType, template: str, language: str) -> str:
        """Return the name of the template that a mail's text is made of."""
        return f"{FOLDERS[channel]}/{template}.{language}.j2"

    @cached_property
    def all(self) -> dict[str, str]:
        """Return the version of every mail's text: of its template, the frames and the words."""
        folders = sorted({FOLDERS[channel] for channel in MAILS})
        return {
            f"{folder}/{path.name}": self._version(path)
            for folder in folders
            for path in sorted((self.folder / folder).glob("*.j2"))
        }

    def _version(self, path: Path) -> str:
        language = path.name.split(".")[-2]
        words = self.folder / "words" / f"{language}.yaml"
        return digest(canonical_text([_hash(path), _hash(words), *self._shared]))[:16]

    @cached_property
    def _shared(self) -> list[str]:
        return [_hash(path) for path in sorted((self.folder / "shared").glob("*.j2"))]


def _hash(path: Path) -> str:
    return digest(path.read_bytes()) if path.is_file() else ""
