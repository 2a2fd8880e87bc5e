"""The senders of a batch: threads, each with its connection, that may stay for the next batch.

To open connections and threads for each batch would cost 0.04 ms of CPU a message.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Self, TypeVar

from callsheet.channels.channel import Channel, Sender

Told = TypeVar("Told")


class Crew:
    """So many threads for one channel, each with a sender of its own."""

    def __init__(self, channel: Channel, threads: int) -> None:
        self.channel, self.threads = channel, threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="sender")
        self._own = threading.local()  # the sender of a thread
        self._opened = ExitStack()

    def each(self, work: Callable[[Sender], Told], count: int) -> Iterator[Told]:
        """Let `count` of the threads do `work`; what each returns, or the first error."""
        return self._pool.map(lambda _: work(self._sender()), range(count))

    def close(self) -> None:
        """Wait for every thread and close its connection."""
        self._pool.shutdown()
        self._opened.close()

    def _sender(self) -> Sender:
        found: Sender | None = getattr(self._own, "sender", None)
        if found is None:
            found = self._own.sender = self._opened.enter_context(self.channel.sender())
        return found


class Crews:
    """The crews of this process. One that did its batch waits for the next while a run lasts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs = 0
        self._idle: list[Crew] = []

    @contextmanager
    def kept(self) -> Iterator[Self]:
        """Keep crews from batch to batch inside."""
        with self._lock:
            self._runs += 1
        try:
            yield self
        finally:
            with self._lock:
                self._runs -= 1
                given_up = [] if self._runs else self._idle
                self._idle = self._idle if self._runs else []
            for crew in given_up:
                crew.close()

    @contextmanager
    def crew(self, channel: Channel, threads: int) -> Iterator[Crew]:
        """Yield a crew nobody else has; after an error it is not used again."""
        crew = self._taken(channel, threads) or Crew(channel, threads)
        is_kept = False
        try:
            yield crew
            with self._lock:
                is_kept = self._runs > 0
                self._idle += [crew] if is_kept else []
        finally:
            if not is_kept:
                crew.close()

    def _taken(self, channel: Channel, threads: int) -> Crew | None:
        with self._lock:
            for crew in self._idle:
                if (crew.channel, crew.threads) == (channel, threads):
                    self._idle.remove(crew)
                    return crew
        return None


CREWS = Crews()
