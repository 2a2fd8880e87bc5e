"""What every source of receivables can do, whatever stands behind it.

A source reads: it never writes into the ERP. It gives the rows of a canonical table in the ERP's
own words, as text; the mapping turns them into ours, the same way for every source.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from callsheet.erp.record import Sheet
from callsheet.errors import PullRejected

Progress = Callable[[str, int], None]  # the table that is read, and its rows so far


def in_silence(_table: str, _rows: int) -> None:
    """Tell nobody how far a reading is."""


@dataclass(frozen=True)
class Discovery:
    """Who answers, and how many rows each table has there; None: it cannot be told beforehand."""

    product: str
    rows: dict[str, int | None]


@dataclass(frozen=True)
class Asked:
    """What is wanted of a table: all of it, what changed `since`, or what concerns `customers`."""

    since: datetime | None = None
    customers: tuple[str, ...] = ()

    @property
    def is_everything(self) -> bool:
        """Say whether nothing is left out."""
        return self.since is None and not self.customers


EVERYTHING = Asked()


class Tables(Protocol):
    """A reading that is under way. A table is read once from its first row to its last."""

    @property
    def delivery(self) -> str:
        """Return what names these very bytes; '' for a live ERP, where no two readings are one."""

    def sheets(self, name: str, asked: Asked = EVERYTHING) -> Iterator[Sheet]:
        """Yield the rows of table `name`; PullRejected when they cannot be trusted."""

    def origins(self, name: str) -> tuple[str, ...]:
        """Return where the rows of table `name` come from, in a person's words."""

    def count(self, name: str) -> int | None:
        """Return how many rows the whole of table `name` has there now, if it can be asked."""


class ErpSource(Protocol):
    """A place receivables come from."""

    @property
    def by_changes(self) -> frozenset[str]:
        """Return the tables that can be asked for what changed since a moment."""

    @property
    def by_customer(self) -> frozenset[str]:
        """Return the tables that can be asked for some customers only: for the last look."""

    def discover(self) -> Discovery:
        """Connect, and say who answers."""

    def reading(
        self, as_of: date, progress: Progress = in_silence
    ) -> AbstractContextManager[Tables]:
        """Open a reading for the day `as_of`; everything in it is of one moment, if the ERP can."""


class Unavailable(PullRejected):
    """The ERP did not answer, or not in time: a later attempt may pass."""

    def __init__(self, message: str) -> None:
        super().__init__("unavailable", message)


class SessionExpired(PullRejected):
    """The ERP knew us and then no longer did: the pull is nothing as a whole, and begins anew."""

    def __init__(self, message: str) -> None:
        super().__init__("session_expired", message)
