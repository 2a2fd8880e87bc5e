"""One step of a scenario."""

from dataclasses import dataclass
from decimal import Decimal

from callsheet.vocabulary import ActionType, Mode


@dataclass(frozen=True)
class Step:
    """What is played `day` days from the leader's due date, how, and by whom."""

    key: str
    title: str
    day: int
    action: ActionType
    template: str | None
    mode: Mode
    language: str | None = None  # None: the customer's
    internal: bool = False  # to a colleague, not to the customer
    legal: bool = False
    min_claim: Decimal | dict[str, Decimal] | None = None  # per currency when a mapping
    penalties: bool = False  # late penalties begin to apply
    stop_deliveries: bool = False  # a request to sales administration goes with it
    delay_days: int | None = None  # days the message gives the customer to answer or pay
