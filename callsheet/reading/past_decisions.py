"""What was decided of each account on a past day, read from the lake's record of changes."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from callsheet.reading.day_decisions import decisions_on
from callsheet.reading.decision_changes import change_files
from callsheet.settings import Settings
from callsheet.store.transaction import Transaction

_QUERY = (Path(__file__).parents[1] / "sql" / "ledger" / "decisions_then.sql").read_text("utf-8")


@dataclass(frozen=True)
class PastDecision:
    """The decision that stood for one account at the end of a day."""

    unit: str
    customer: str
    entity: str
    decided_on: date
    outcome: str
    reason: str
    scenario: str
    scenario_version: str
    assigned_by: str
    leader: str
    leader_due: date | None
    step: str
    act_on: date | None


def decisions_then(
    tx: Transaction, settings: Settings, on_day: date, unit: str = ""
) -> list[PastDecision]:
    """Return what stood for each account ('' is all) on `on_day`, by its key.

    Without a record of changes in the lake, what the warehouse still knows of that day.
    """
    files = [str(file) for file in change_files(settings, on_day)]
    if files:
        with duckdb.connect(":memory:") as beside:
            found = beside.execute(_QUERY, {"files": files, "unit": unit}).fetchall()
        return [PastDecision(*row) for row in found]
    stored = decisions_on(tx, settings, on_day)
    names = PastDecision.__dataclass_fields__
    return [
        PastDecision(**{name: getattr(one, name) for name in names})
        for one in stored
        if unit in {"", one.unit}
    ]
