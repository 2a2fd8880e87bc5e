"""How much anybody may send us: so many requests a minute, and no body above a size."""

import threading
from collections import OrderedDict
from collections.abc import AsyncIterable
from datetime import datetime

_SENDERS_KNOWN = 1024  # the ones not heard of for longest are forgotten
_MINUTE_SECONDS = 60.0


class TooLarge(Exception):
    """A body above the limit; the rest of it was not read."""


class RateLimit:
    """A bucket for each sender: full at first, it fills again within a minute."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._buckets: OrderedDict[str, tuple[float, datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def allows(self, sender: str, moment: datetime) -> bool:
        """Take one from the sender's bucket; False when it is empty."""
        with self._lock:
            left, since = self._buckets.pop(sender, (float(self._per_minute), moment))
            passed = max((moment - since).total_seconds(), 0.0)
            left = min(left + passed * self._per_minute / _MINUTE_SECONDS, self._per_minute)
            is_allowed = left >= 1
            self._buckets[sender] = (left - 1 if is_allowed else left, moment)
            if len(self._buckets) > _SENDERS_KNOWN:
                self._buckets.popitem(last=False)
        return is_allowed


async def read_body(chunks: AsyncIterable[bytes], most: int) -> bytes:
    """Return a body piece by piece; TooLarge as soon as it grows past `most` bytes."""
    body = bytearray()
    async for chunk in chunks:
        if len(body) + len(chunk) > most:
            raise TooLarge
        body += chunk
    return bytes(body)
