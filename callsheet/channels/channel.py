"""What every channel offers: a sender for each thread, and one answer for each message."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from callsheet.channels.envelope import Envelope
from callsheet.channels.outcome import SendOutcome

WIRE = "wire"  # in a trace: the SHA-256 of the bytes that leave; the ledger keeps it keyed


class Sender(Protocol):
    """One thread's way out; it keeps its connection open from message to message."""

    def send(self, envelope: Envelope) -> SendOutcome:
        """Hand over one message, once. Never raises for what the outside does."""


class Channel(Protocol):
    """A way out of the house."""

    @property
    def name(self) -> str:
        """What the settings call it."""

    def trace(self, envelope: Envelope) -> Mapping[str, str]:
        """Return what is known before the call and finds the message afterwards.

        UnsafeHeader when the message may not leave as it is.
        """

    def sender(self) -> AbstractContextManager[Sender]:
        """Return a sender for the calling thread; leaving it closes the connection."""
