"""A database in memory, for questions about files and rows that no warehouse holds."""

import duckdb


def in_memory(**options: str) -> duckdb.DuckDBPyConnection:
    """Return an empty one. It draws no progress bar: that would stand in what a command prints."""
    con = duckdb.connect(config=options)
    con.execute("set enable_progress_bar = false")
    return con
