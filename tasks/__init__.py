"""Thin Prefect wrappers: a name, a retry policy with its reason, one call into the core."""
