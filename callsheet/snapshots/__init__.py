"""Published receivables: immutable snapshots and what changed between them."""
