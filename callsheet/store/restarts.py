"""A server that is started again under a run: what was asked is asked anew, for a while."""

import time
from collections.abc import Callable
from typing import TypeVar

from callsheet.errors import StoreLost

PATIENCE_SECONDS = 30.0
_PAUSE_SECONDS = 0.2

T = TypeVar("T")


def through_restarts(work: Callable[[], T], patience_seconds: float = PATIENCE_SECONDS) -> T:
    """Return what `work` returns; when the warehouse is lost on the way, do it again.

    `work` may have been done though its answer was lost: it must look before it writes. Whoever
    waited for the warehouse longer than `patience_seconds` is told so.
    """
    until = time.monotonic() + patience_seconds
    while True:
        try:
            return work()
        except StoreLost:
            if time.monotonic() >= until:
                raise
        time.sleep(_PAUSE_SECONDS)
