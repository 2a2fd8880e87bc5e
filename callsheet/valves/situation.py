"""Where the valves are asked: not in a house that nothing can leave."""

from dataclasses import dataclass
from datetime import date, datetime

from callsheet.settings import Settings
from callsheet.vocabulary import ActionType

# Nothing leaves these: the sample company's, and a replay's home of its own.
CLOSED_HOUSES = frozenset({"sample", "replay"})


@dataclass(frozen=True)
class Told:
    """Who says so, on which business day, at which moment."""

    on_day: date
    happened_at: datetime
    author: str


def is_watched(settings: Settings) -> bool:
    """Say whether valves are asked at all here."""
    return settings.environment not in CLOSED_HOUSES


def leaves(provider: str, settings: Settings) -> bool:
    """Say whether what `provider` carries leaves the house: a letter does, by somebody's hand."""
    return is_watched(settings) and provider not in {"outbox", "manual", "sink"}


def is_formal_notice(channel: str) -> bool:
    """Say whether an action on `channel` is a formal notice."""
    return channel == ActionType.REGISTERED_LETTER
