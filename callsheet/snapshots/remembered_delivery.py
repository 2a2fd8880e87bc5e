"""An extract that carries history, judged once: each day of a replay is derived from it."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

from callsheet.day import publish, pull_receivables, receive, validate
from callsheet.settings import Settings, Source
from callsheet.snapshots.snapshot import SnapshotRef
from callsheet.validation.validated import Validated


@dataclass
class RememberedDeliveries:
    """Receive each source as the flow does, but read and judge a history only the first time.

    What was judged is sealed with the keys of its home, so another home judges anew.
    """

    judged: dict[tuple[Path, str], Validated] = field(default_factory=dict)

    def __call__(
        self, settings: Settings, source: Source, as_of: date, now: datetime
    ) -> SnapshotRef | None:
        """Publish the snapshot of `as_of`; a source without history is pulled anew."""
        here = settings.home, source.name
        if here not in self.judged:
            staged = pull_receivables(source, settings, as_of, now)
            if not staged.mapping.carries_history:
                return receive(settings, source, as_of, now)
            self.judged[here] = validate(staged, settings, as_of)
        judged = self.judged[here]
        staged = replace(judged.staged, as_of=as_of, extracted_at=now)
        return publish(replace(judged, staged=staged), settings, as_of, now)
