"""The kill switch: a file in our home, looked at before each send; nothing leaves while it lies.

Writing a file waits for nobody: it works while a dispatch holds the warehouse. The ledger is told
as well, at once or by the next dispatch. On PostgreSQL the machines tell each other through the
table of breakers, which a dispatch under way reads every second.
"""

import json
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from callsheet.errors import Busy, StoreFailed
from callsheet.keys import canonical_text
from callsheet.store.transaction import Transaction
from callsheet.store.warehouse import Warehouse
from callsheet.valves.trip import Valve

FILE = "kill-switch"
_LOOK_SECONDS = 1.0


def is_thrown(home: Path) -> bool:
    """Say whether the switch was thrown on this machine."""
    return (home / FILE).exists()


def throw(home: Path, why: str, by: str, now: datetime) -> None:
    """Stop every send from now on; what is under way is the last."""
    home.mkdir(parents=True, exist_ok=True)
    beside = home / f".{FILE}"
    beside.write_text(
        canonical_text({"by": by, "why": why, "at": now.isoformat()}), encoding="utf-8"
    )
    beside.replace(home / FILE)


def release(home: Path) -> None:
    """Take the file away; the breaker must be closed as well."""
    (home / FILE).unlink(missing_ok=True)


def said_when_thrown(home: Path) -> Mapping[str, Any]:
    """Return who threw it and why; empty when nobody wrote it down."""
    try:
        said: Mapping[str, Any] = json.loads((home / FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return said


def is_open(tx: Transaction) -> bool:
    """Say whether the switch is on for every machine."""
    rows = tx.fetch("select 1 from breaker where name = $name and is_open", name=Valve.KILL_SWITCH)
    return bool(rows)


class KillSwitch:
    """The switch as one dispatch sees it. Use it as a context; asking it costs microseconds."""

    def __init__(self, warehouse: Warehouse, home: Path) -> None:
        self._warehouse, self._file = warehouse, home / FILE
        self._elsewhere = False
        self._ended = threading.Event()
        self._looking: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Begin to look; on PostgreSQL also at what other machines say."""
        self._look()
        if self._warehouse.kind == "postgresql":
            self._looking = threading.Thread(target=self._keep_looking, daemon=True)
            self._looking.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop looking."""
        self._ended.set()
        if self._looking is not None:
            self._looking.join()

    def is_thrown(self) -> bool:
        """Say whether nothing may be sent now."""
        return self._elsewhere or self._file.exists()

    def _keep_looking(self) -> None:
        while not self._ended.wait(_LOOK_SECONDS):
            with suppress(Busy, StoreFailed):  # a server that restarts: the last answer stands
                self._look()

    def _look(self) -> None:
        with self._warehouse.reading() as tx:
            self._elsewhere = is_open(tx)
