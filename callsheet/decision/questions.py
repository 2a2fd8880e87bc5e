"""The decision's SQL files: each answers one question and becomes a relation of its name."""

from functools import cache
from pathlib import Path

import duckdb

FOLDER = Path(__file__).parents[1] / "sql"


@cache
def text_of(question: str) -> str:
    """Return the SQL of a question named `folder/name`."""
    return (FOLDER / f"{question}.sql").read_text(encoding="utf-8")


class Questions:
    """Asks questions on one connection, and remembers which files it ran, in order."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con
        self.asked: list[str] = []
        # A number for a text key, the same on any machine: the first 63 bits of its MD5.
        con.execute(
            "create or replace temp macro number_of(key)"
            " as cast(md5_number_lower(key) >> 1 as bigint)"
        )

    def table(self, *questions: str) -> None:
        """Keep each answer as a temporary table, in the order given."""
        for question in questions:
            self._keep("table", question)

    def view(self, *questions: str) -> None:
        """Make each question a temporary view: it is answered inside those that read it."""
        for question in questions:
            self._keep("view", question)

    def _keep(self, what: str, question: str) -> None:
        name = question.rpartition("/")[2]
        self.con.execute(f"create or replace temp {what} {name} as\n{text_of(question)}")
        self.asked.append(question)
