"""The proof that the kept states are sound: fold everything from nothing, and compare."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb

from callsheet.decision import engine
from callsheet.decision.configuration import Configuration
from callsheet.decision.daily import STATE_TABLES, Published, give, last_known
from callsheet.decision.shares import (
    MOST_ITEMS,
    count_items,
    fold_by_shares,
    in_little_memory,
)
from callsheet.decision.states import gather
from callsheet.store import lake as lake_views
from callsheet.store.transaction import Transaction

# What is kept, and what a rebuild makes of the same; the days on which a row was looked at differ.
_COMPARED = {
    "step_state": ("folded_actions", ""),
    "account_state": ("account_rows", "exclude (decided_on)"),
    "item_state": ("item_state_rows", "exclude (first_seen_on, last_seen_on)"),
}
_REBUILT = {f"rebuilt_{name}": rows for name, (rows, _) in _COMPARED.items()}
_EVERYTHING = {"all_events": "new_events", "all_actions": "given_actions"}


def differences_from_rebuild(
    tx: Transaction,
    as_of: date,
    config: Configuration,
    snapshots: Sequence[Published],
    lake: Path,
    *,
    most_items: int = MOST_ITEMS,
) -> dict[str, int]:
    """Return how many rows of each state differ from a fold of all history; all 0 when sound.

    `as_of`, configuration and snapshots are those of the last decision. Nothing is written.
    """
    con = tx.duckdb(STATE_TABLES)
    lake_views.attach(con, snapshots, lake)
    for name in _COMPARED:
        con.execute(f"create or replace temp table kept_{name} as from {name}")
    for name in _COMPARED:  # temporary tables of these names stand before the warehouse's
        con.execute(f"create or replace temp table {name} as from kept_{name} limit 0")
    try:
        questions = give(tx, con, as_of, config, 0, last_known(tx))
        for everything, given in _EVERYTHING.items():
            con.execute(f"create or replace temp table {everything} as from {given}")
            con.execute(f"drop table {given}")  # a share's are a view
        with in_little_memory(tx, questions):
            for share in fold_by_shares(questions, 1 + count_items(con) // most_items):
                engine.decide_accounts(questions)
                engine.review(questions)
                questions.table("fold/account_rows", "fold/item_state_rows")
                gather(con, _REBUILT, share)
        return {name: _differing(con, name) for name in _COMPARED}
    finally:
        for name in _COMPARED:
            con.execute(f"drop table temp.{name}")


def _differing(con: duckdb.DuckDBPyConnection, name: str) -> int:
    columns = f"* {_COMPARED[name][1]}".strip()
    kept = f"select {columns} from kept_{name}"  # noqa: S608  # our own names
    made = f"select {columns} from rebuilt_{name}"  # noqa: S608  # our own names
    [(count,)] = con.execute(
        f"select (select count(*) from ({kept} except {_in_order(con, kept, made)}))"  # noqa: S608  # our own names
        f" + (select count(*) from ({_in_order(con, kept, made)} except {kept}))"
    ).fetchall()
    return int(count)


def _in_order(con: duckdb.DuckDBPyConnection, kept: str, made: str) -> str:
    """Return the query `made` with its columns in the order of `kept`."""
    con.execute(f"{kept} limit 0")
    names = ", ".join(column[0] for column in con.description or ())
    return f"select {names} from ({made})"  # noqa: S608  # our own names
