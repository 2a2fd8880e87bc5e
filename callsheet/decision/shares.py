"""A share of the customers at a time, so that memory stays bounded however many there are.

What the shares leave is together what everybody at once leaves: the members of a group, which are
decided together, are in the same share.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from callsheet.decision import engine
from callsheet.decision.questions import Questions
from callsheet.store.transaction import Transaction

MOST_ITEMS = 500_000  # of a share, about; deciding them takes less than a gigabyte

_MEGABYTES = 500  # of all temporary tables together; what is beyond goes to disk.
_ITEMS_A_MEGABYTE = 10_000  # What cannot, as the index of the states, grows with the items.

_EVERYBODY = (
    "select customer from all_items union select customer from all_customers"
    " union select customer from all_actions"
)


def in_shares(questions: Questions, most_items: int) -> Iterator[int]:
    """Look at a share of the customers of `looked_at` after the other; yield the number of each.

    Up to `most_items` items of them there is one share, and nothing is narrowed.
    """
    con = questions.con
    [(items,)] = con.execute("select count(*) from given_items").fetchall()
    if items <= most_items:
        yield 0
        return
    con.execute("create or replace temp view sharing_customers as from looked_at")
    for share in _shares(questions, 1 + items // most_items):
        engine.look_at_some(questions)
        yield share


@contextmanager
def in_little_memory(tx: Transaction, questions: Questions) -> Iterator[None]:
    """Bound what the shares leave behind: it is let go when the transaction ends."""
    with tx.frugal(_MEGABYTES + count_items(questions.con) // _ITEMS_A_MEGABYTE):
        yield


def count_items(con: duckdb.DuckDBPyConnection) -> int:
    """Return how many open items there are."""
    [(items,)] = con.execute("select count(*) from all_items").fetchall()
    return int(items)


def fold_by_shares(questions: Questions, shares: int) -> Iterator[int]:
    """Fold and look at one share of all customers after the other; yield the number of each.

    Reads `all_events` and `all_actions`, and what `engine.fold` reads beside new events and given
    actions; `step_state` is empty and stays so: the caller keeps what it needs of a share.
    """
    con = questions.con
    con.execute("create or replace temp view given_customers as from all_customers")
    questions.table("decision/answering_customers")
    con.execute(f"create or replace temp view sharing_customers as {_EVERYBODY}")
    for share in _shares(questions, shares):
        engine.look_at_some(questions)
        con.execute(
            "create or replace temp view given_actions as from all_actions"
            " semi join touched_customers using (customer)"
        )
        con.execute(
            "create or replace temp view new_events as from all_events"
            " semi join given_actions on all_events.subject = given_actions.action_id"
        )
        questions.view("fold/units_of_actions")
        questions.table("fold/folded_actions")
        con.execute("create or replace temp view past_actions as from folded_actions")
        engine.look_at_accounts(questions)
        yield share


def _shares(questions: Questions, shares: int) -> Iterator[int]:
    """Name one share of `sharing_customers` after the other in `touched_customers`."""
    con = questions.con
    con.execute("create or replace temp table share_count as select $n as shares", {"n": shares})
    questions.table("fold/shares_of_customers")
    for share in range(shares):
        con.execute(
            "create or replace temp table touched_customers as"
            " select customer from shares_of_customers where share = $share",
            {"share": share},
        )
        yield share
