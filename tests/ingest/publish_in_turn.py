"""Publish day after day, as a process of its own, until it is done or killed.

Arguments: folder of the extract's parent, first day, number of days, where to die ('' nowhere:
`files_written`, `transaction_open`, `committed`) and on which day (from 0).
"""

import os
import signal
import sys
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from callsheet.erp.pull import pull
from callsheet.settings import Settings, Source
from callsheet.snapshots.kept import KeptSnapshots
from callsheet.snapshots.snapshot import publish
from callsheet.store.warehouse import Warehouse
from callsheet.validation.sorting import validate


class MortalWarehouse:
    """A warehouse whose process is killed at a named point of its next transaction."""

    def __init__(self, warehouse, dies_at):
        self._warehouse, self._dies_at = warehouse, dies_at
        self.reading = warehouse.reading

    @contextmanager
    def transaction(self):
        self._pass("files_written")
        with self._warehouse.transaction() as tx:
            yield tx
            self._pass("transaction_open")
        self._pass("committed")

    def _pass(self, point):
        if point == self._dies_at:
            os.kill(os.getpid(), signal.SIGKILL)


def main(parent, first_day, days, dies_at, dies_on):
    home, first = parent / "home", date.fromisoformat(first_day)
    source = Source(name="erp", folder=parent / "extract", mapping=parent / "mapping.yaml")
    warehouse = Warehouse.of(Settings(home=home))
    validated = validate(pull(source, first, home, datetime(2026, 11, 1, tzinfo=UTC)), None, ())
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for no in range(days):
        day = first + timedelta(days=no)
        mortal = MortalWarehouse(warehouse, dies_at if no == dies_on else "")
        published_at = datetime(day.year, day.month, day.day, 5, tzinfo=UTC)
        publish(validated, mortal, KeptSnapshots(home / "lake"), day, published_at)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4], int(sys.argv[5]))
