"""Races between workers: who lost one reads again and decides anew."""

from collections.abc import Callable
from typing import TypeVar

from callsheet.errors import Taken

_TRIES = 5

T = TypeVar("T")


def until_won(work: Callable[[], T]) -> T:
    """Return what `work`, a transaction of its own, returns; after a lost race it is done again.

    It is lost when another worker wrote meanwhile what `work` went by. Taken after five times.
    """
    for _ in range(_TRIES - 1):
        try:
            return work()
        except Taken:
            continue
    return work()
