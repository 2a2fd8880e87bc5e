"""What people read: the call sheet, explanations, the history, the worklist."""
