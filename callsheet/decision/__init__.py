"""The decision: for every account, on a given day, exactly one answer and why (R1-R15)."""
