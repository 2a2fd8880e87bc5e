"""How the pipeline stands: the age of each feed, what waits by state, the last good day."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from callsheet.reading.open_breakers import Held, open_breakers
from callsheet.settings import Settings, Source
from callsheet.store.transaction import Transaction

_OPEN = (
    "planned", "confirmed", "blocked", "sending", "retry_wait", "in_doubt", "resend_ordered",
)  # fmt: skip


@dataclass(frozen=True)
class Feed:
    """One source's last good snapshot. `age_hours` counts from its extraction; None: never."""

    source: str
    snapshot_id: str
    on_day: date | None
    extracted_at: datetime | None
    age_hours: float | None
    cadence_hours: int
    is_stale: bool


@dataclass(frozen=True)
class Status:
    """How the pipeline stands. `last_good_day` is the last day that was decided to its end."""

    environment: str
    warehouse: str
    last_good_day: date | None
    feeds: tuple[Feed, ...]
    backlog: dict[str, int]
    exceptions: int
    events: int
    held: tuple[Held, ...]  # breakers that hold something back

    def as_text(self) -> dict[str, object]:
        """Return the status as plain data."""
        return asdict(self)


def status_of(tx: Transaction, settings: Settings, now: datetime) -> Status:
    """Return how the pipeline stands at the moment `now`."""
    counts = dict(tx.fetch("select state, count(*) from action_state group by state"))
    return Status(
        environment=settings.environment,
        warehouse=tx.kind,
        last_good_day=tx.fetch("select max(decided_on) from fold_watermark")[0][0],
        feeds=tuple(_feeds(tx, settings.sources, now)),
        backlog={state: int(counts.get(state, 0)) for state in _OPEN},
        exceptions=int(tx.fetch("select count(*) from exceptions")[0][0]),
        events=int(tx.fetch("select count(*) from event")[0][0]),
        held=tuple(open_breakers(tx, settings)),
    )


def _feeds(tx: Transaction, sources: Iterable[Source], now: datetime) -> Iterable[Feed]:
    for source in sources:
        rows = tx.fetch(
            "select snapshot_id, on_day, extracted_at from snapshot where source = $source"
            " order by on_day desc, published_at desc limit 1",
            source=source.name,
        )
        snapshot_id, on_day, extracted_at = rows[0] if rows else ("", None, None)
        age = (now - extracted_at) / timedelta(hours=1) if extracted_at else None
        yield Feed(
            source.name,
            snapshot_id,
            on_day,
            extracted_at,
            None if age is None else round(age, 1),
            source.cadence_hours,
            age is None or age > source.cadence_hours,
        )
