"""Folding everything from nothing, a share of the customers at a time."""

import duckdb

from callsheet.decision import engine
from callsheet.decision.questions import Questions
from callsheet.decision.relation import make_table
from callsheet.decision.shares import fold_by_shares
from callsheet.decision.world import load_worlds
from callsheet.decision.world_rows import SCHEMAS

LEFT = ("folded_actions", "items", "accounts", "failed_steps", "proposals")


def opened(con, worlds):
    rows = load_worlds(con, worlds)
    for name, schema in SCHEMAS.items():
        make_table(con, name, schema, rows.of(name))
    return Questions(con)


def rows_of(con, name):
    return con.execute(f"select * from {name}").fetchall()


def test_the_shares_together_are_what_everybody_at_once_is(bulk_worlds):
    worlds = bulk_worlds(5, 40)
    with duckdb.connect() as con:
        questions = opened(con, worlds)
        engine.fold(questions)
        engine.look_at_accounts(questions)
        at_once = {name: sorted(rows_of(con, name), key=repr) for name in LEFT}
    with duckdb.connect() as con:
        questions = opened(con, worlds)
        for name, given in (("all_events", "new_events"), ("all_actions", "given_actions")):
            con.execute(f"alter table {given} rename to {name}")
        together = {name: [] for name in LEFT}
        for _ in fold_by_shares(questions, 3):
            for name in LEFT:
                together[name] += rows_of(con, name)

    assert at_once["items"]
    for name in LEFT:
        assert sorted(together[name], key=repr) == at_once[name], name
