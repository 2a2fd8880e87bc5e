"""How many accounts several assignment rules claim, or none: the first that is true counts."""

from dataclasses import dataclass
from datetime import date

from callsheet.reading.reconsideration import reconsidered
from callsheet.settings import Settings
from callsheet.store.transaction import Transaction


@dataclass(frozen=True)
class RuleOverlap:
    """Of `accounts` accounts rule `counts` decides and rule `also_true` would; 0: no rule is."""

    counts: int
    also_true: int
    accounts: int

    def __str__(self) -> str:
        """Return it as a person reads it."""
        if not self.counts:
            return f"no rule is true of {self.accounts} accounts: nobody reminds them"
        two = f"rules {self.counts} and {self.also_true} are both true of {self.accounts} accounts"
        return f"{two}: rule {self.counts} counts"


def rule_overlaps(tx: Transaction, settings: Settings, as_of: date) -> list[RuleOverlap]:
    """Return the overlaps on `as_of`: every account is asked again, nothing is written."""
    with reconsidered(tx, settings, as_of) as again:
        return [RuleOverlap(**row) for row in again.ask("rule_overlaps")]
