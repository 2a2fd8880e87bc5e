"""What was decided for every account, as of the last decision or of a past day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from callsheet.reading.decision_changes import change_files
from callsheet.settings import Settings
from callsheet.store.transaction import Transaction


@dataclass(frozen=True)
class StoredDecision:
    """One stored decision, as the view `decisions` has it."""

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
    run: str
    run_no: int
    step: str
    step_day: int | None
    due_on: date | None
    act_on: date | None
    next_review_on: date | None


_COLUMNS = ", ".join(StoredDecision.__dataclass_fields__)
# Files are named by day and by how far the ledger was read: their order is that of the decisions.
_CARRIED = """
    select decision_columns
    from read_parquet($files, filename = true)
    where $customer in ('', customer)
    qualify row_number() over (
        partition by unit order by list_position($files, filename) desc
    ) = 1
    order by entity, customer, unit
"""


def decisions_on(
    tx: Transaction, settings: Settings, as_of: date, customer: str = ""
) -> list[StoredDecision]:
    """Return the decision that stood for each account at the end of `as_of`.

    Of the last day decided the states say it; of an earlier one, the changes kept in the lake,
    each carried forward until the next.
    """
    last_day = tx.fetch("select max(decided_on) from fold_watermark")[0][0]
    if last_day is None:
        return []
    if as_of >= last_day:
        rows = tx.fetch(
            f"select {_COLUMNS} from decisions where $customer in ('', customer)"  # noqa: S608  # names of our own
            " order by entity, customer, unit",
            customer=customer,
        )
    else:
        rows = _carried_forward(tx, change_files(settings, as_of), customer)
    return [StoredDecision(*row) for row in rows]


def _carried_forward(
    tx: Transaction, files: Sequence[Path], customer: str
) -> list[tuple[Any, ...]]:
    if not files:
        return []
    rows: list[tuple[Any, ...]] = (
        tx.duckdb()
        .execute(
            _CARRIED.replace("decision_columns", _COLUMNS),
            {"files": [str(file) for file in files], "customer": customer},
        )
        .fetchall()
    )
    return rows
