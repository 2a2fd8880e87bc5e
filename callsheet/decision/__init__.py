"""The decision: for every account, on a given day, exactly one answer and why (R1-R15)."""

from callsheet.decision.configuration import Configuration
from callsheet.decision.daily import DecisionDay, decide

__all__ = ["Configuration", "DecisionDay", "decide"]
