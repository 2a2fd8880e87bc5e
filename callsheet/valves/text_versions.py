"""Which version of its text a message would be written with: the hash of all that it is made of."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from callsheet.keys import canonical_text, digest
from callsheet.messages.rendering import FOLDERS, Templates
from callsheet.vocabulary import ActionType


@dataclass(frozen=True)
class TextVersions:
    """The texts of one folder, as they lie there now."""

    folder: Path

    def name(self, channel: str, template: str, language: str) -> str:
        """Return the name of the template that an action's text is made of."""
        return f"{FOLDERS[ActionType(channel)]}/{template}.{language}.j2"

    def version(self, channel: str, template: str, language: str) -> str:
        """Return the version of that text: of its template, the frames and the words."""
        action = ActionType(channel)
        path = self.folder / Templates.of(self.folder).path(action, template, language)
        words = self.folder / "words" / f"{language}.yaml"
        return digest(canonical_text([_hash(path), _hash(words), self._shared]))[:16]

    @cached_property
    def _shared(self) -> list[str]:
        return [
            _hash(path) for path in sorted((self.folder / "shared").rglob("*")) if path.is_file()
        ]


def _hash(path: Path) -> str:
    return digest(path.read_bytes()) if path.is_file() else ""
