"""Record until no more may be written: `fill_the_disk.py HOME MORE_BYTES`; prints what was kept."""

import resource
import signal
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from callsheet.errors import StoreFailed
from callsheet.group_commit import Committer
from callsheet.history import NewEvent
from callsheet.settings import Settings
from callsheet.store.warehouse import Warehouse


def planned(number: int) -> NewEvent:
    return NewEvent(
        subject=f"a-{number}",
        no=1,
        kind="action",
        state="planned",
        on_day=date(2026, 3, 2),
        happened_at=datetime(2026, 3, 2, 6, 30, tzinfo=UTC),
        author="policy",
        detail={"padding": "x" * 2000},
    )


if __name__ == "__main__":
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write beyond the limit fails instead
    warehouse = Warehouse.of(Settings(home=Path(sys.argv[1])))
    with warehouse.reading():
        pass
    size = (Path(sys.argv[1]) / "warehouse.duckdb").stat().st_size + int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    kept = 0
    with Committer(warehouse) as committer:
        try:
            while kept < 5000:
                committer.submit(planned(kept + 1))
                kept += 1
        except StoreFailed:
            print(kept)  # noqa: T201  # read by whoever started it
