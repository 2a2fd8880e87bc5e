"""A server that is started again under a run: what was asked is asked anew, for a while."""

import time
from collections.abc import Callable
from typing import TypeVar

from callsheet.errors import Busy, StoreLost

PATIENCE_SECONDS = 30.0
WAITING_SECONDS = 600.0
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


def through_waits(work: Callable[[], T], patience_seconds: float = WAITING_SECONDS) -> T:
    """Return what `work` returns; when somebody else holds the warehouse, try again and again.

    For what must not be given up, since it happened: what a provider answered. A server that is
    gone is not waited for here.
    """
    until = time.monotonic() + patience_seconds
    while True:
        try:
            return work()
        except Busy as problem:
            if isinstance(problem, StoreLost) or time.monotonic() >= until:
                raise
