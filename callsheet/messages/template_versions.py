"""Which words a message was written from: a digest that changes with its template or its frame."""

from collections.abc import Iterable
from pathlib import Path

from callsheet.keys import canonical_text, digest
from callsheet.messages.rendering import FOLDERS, FRAMES
from callsheet.vocabulary import ActionType

Wording = tuple[str, str, str]  # channel, template, language


def name_of(wording: Wording) -> str:
    """Return the name under which a plan notes a template's version."""
    channel, template, language = wording
    return f"{channel}/{template}.{language}"


def versions_of(folder: Path, wordings: Iterable[Wording]) -> dict[str, str]:
    """Return the version of each template as it lies in `folder` now, by `name_of`.

    It takes in the shared frames and the words of the language. A file that is gone counts as
    empty: the version differs, and nothing is refused here.
    """
    shared = [_text(path) for path in sorted((folder / "shared").glob("*.j2"))]
    return {
        name_of(one): digest(
            canonical_text([_text(_place(folder, one)), _words(folder, one), shared])
        )
        for one in set(wordings)
    }


def _place(folder: Path, wording: Wording) -> Path:
    channel, template, language = wording
    own = folder / FOLDERS[ActionType(channel)] / f"{template}.{language}.j2"
    is_letter = FRAMES[FOLDERS[ActionType(channel)]] == "letter"
    return folder / "email" / own.name if is_letter and not own.exists() else own


def _words(folder: Path, wording: Wording) -> str:
    return _text(folder / "words" / f"{wording[2]}.yaml")


def _text(place: Path) -> str:
    return place.read_text("utf-8") if place.is_file() else ""
