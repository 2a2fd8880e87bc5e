"""What was decided for every account, as of the last decision or of a past day."""

from dataclasses import dataclass
from datetime import date

from callsheet.settings import Settings
from callsheet.transaction import Transaction


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


def decisions_on(
    tx: Transaction, settings: Settings, as_of: date, customer: str | None = None
) -> list[StoredDecision]:
    """Return the decision that stood for each account at the end of `as_of`."""
    rows = tx.fetch(
        f"select {_COLUMNS} from decisions"  # noqa: S608  # names of our own
        " where decided_on <= $as_of and ($customer = '' or customer = $customer)"
        " order by entity, customer, unit",
        as_of=as_of,
        customer=customer or "",
    )
    return [StoredDecision(*row) for row in rows]
