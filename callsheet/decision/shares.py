"""Everything folded from nothing, a share of the customers at a time: memory stays bounded.

What a share leaves in the relations of `engine.look_at_accounts`, together with
`folded_actions`, is what everybody at once leaves there of its accounts.
"""

from collections.abc import Iterator

from callsheet.decision import engine
from callsheet.decision.questions import Questions

_NARROWED = {
    "given_items": "all_items",
    "given_customers": "all_customers",
    "given_actions": "all_actions",
}


def fold_by_shares(questions: Questions, shares: int) -> Iterator[int]:
    """Fold and look at one share of the customers after the other; yield after each.

    Reads `all_events` and `all_actions`, and what `engine.fold` reads beside new events and given
    actions; `step_state` is empty and stays so: the caller keeps what it needs of a share.
    """
    con = questions.con
    con.execute("create or replace temp view given_customers as from all_customers")
    con.execute("create or replace temp table share_count as select $n as shares", {"n": shares})
    questions.table("decision/answering_customers", "fold/shares_of_customers")
    for share in range(shares):
        con.execute(
            "create or replace temp table touched_customers as"
            " select customer from shares_of_customers where share = $share",
            {"share": share},
        )
        _narrow(questions)
        questions.view("fold/units_of_actions")
        questions.table("fold/folded_actions")
        con.execute("create or replace temp view past_actions as from folded_actions")
        engine.look_at_accounts(questions)
        yield share


def _narrow(questions: Questions) -> None:
    """Give only what is of `touched_customers`."""
    for name, everything in _NARROWED.items():
        questions.con.execute(
            f"create or replace temp view {name} as from {everything} semi join touched_customers"
            " using (customer)"
        )
    questions.con.execute(
        "create or replace temp view new_events as from all_events"
        " semi join given_actions on all_events.subject = given_actions.action_id"
    )
