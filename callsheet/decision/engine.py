"""The one way from given rows to decisions: `collect`, what-ifs and tests all go through here.

Before `fold`, the connection must know the relations `all_items`, `all_customers`,
`given_entities`, `given_assignments`, `given_mergers`, `given_exclusions`, `given_actions`,
`new_events` and the table `step_state`; and the terms (`terms.load`).
"""

from callsheet.decision.questions import Questions
from callsheet.decision.rule_matches import match_rules

_NOTHING_MOVED = (
    "create or replace temp table moved_actions (action_id text, customer text, old_unit text)"
)
_NARROWED = {
    "given_items": "all_items",
    "given_customers": "all_customers",
    "past_actions": "step_state",
}


def fold(questions: Questions) -> None:
    """Bring `step_state` up to the new events; `folded_actions` are the rows that changed."""
    look_at_all(questions)
    questions.table("decision/answering_customers")
    questions.view("fold/units_of_actions")
    questions.table("fold/folded_actions")
    questions.con.execute(
        "delete from step_state where action_id in (select action_id from folded_actions)"
    )
    questions.con.execute("insert into step_state by name select * from folded_actions")


def look_at_accounts(questions: Questions) -> None:
    """Say of every item looked at what the decision needs: `items`, `accounts`, `failed_steps`.

    Reads `past_actions`: the rows of `step_state` of the accounts looked at.
    """
    questions.table("decision/current_items", "decision/units")
    match_rules(questions.con)
    questions.table(
        "fold/last_contacts",
        "decision/accounts",
        "decision/known_exclusions",
        "decision/excluded_items",
        "decision/items_out",
        "decision/returned_items",
        "decision/valued_items",
        "decision/run_steps",
        "decision/failed_steps",
        "decision/run_progress",
        "decision/items",
        "decision/proposals",
    )


def decide_accounts(questions: Questions) -> None:
    """Decide every account of `accounts`: one row each in `outcomes`, dressed in `decisions`.

    Reads `items`, `accounts`, `failed_steps` and `proposals`.
    """
    questions.table("decision/fronts", "decision/balances")
    questions.view("decision/front_items")
    questions.table(
        "decision/undecided_units", "decision/contenders", "decision/standing_proposals"
    )
    questions.view("decision/reachable_steps", "decision/steps_in_reach")
    questions.table("decision/chosen_steps")
    questions.view("decision/leaders", "decision/early_leaders")
    questions.table("decision/doubtful_claims", "decision/claims")
    questions.view("decision/tested_claims", "decision/small_claims", "decision/withdrawals")
    questions.table("decision/outcomes")
    questions.view("decision/decisions")


def move(questions: Questions, *, names_changed: bool) -> None:
    """Give actions their new unit and run in `step_state`, when names or settings changed."""
    if not names_changed:
        questions.con.execute(_NOTHING_MOVED)
        return
    questions.table("fold/moved_actions")
    questions.con.execute(
        "update step_state set unit = moved.unit, account_no = moved.account_no,"
        " run_key = moved.run_key from moved_actions as moved"
        " where step_state.action_id = moved.action_id"
    )


def look_at_all(questions: Questions) -> None:
    """Look at every account."""
    for name, everything in _NARROWED.items():
        questions.con.execute(f"create or replace temp view {name} as from {everything}")
    questions.con.execute(
        "create or replace temp view looked_at as"
        " select customer from all_items union select customer from all_customers"
        " union select customer from account_state union select customer from item_state"
        " union select customer from step_state"
    )


def look_at_touched(questions: Questions) -> None:
    """Look only at those of whom something changed, or whose day has come.

    Reads `changed_facts` and `new_facts` (customer), `moved_actions` and `account_state`.
    """
    questions.table("fold/touched_customers")
    look_at_some(questions)


def look_at_some(questions: Questions) -> None:
    """Look only at the customers of the table `touched_customers`."""
    questions.con.execute("create or replace temp view looked_at as from touched_customers")
    for name, everything in _NARROWED.items():
        questions.con.execute(
            f"create or replace temp view {name} as from {everything} semi join touched_customers"
            " using (customer)"
        )


def review(questions: Questions) -> None:
    """Say when time alone may change each decision, and write it beside: `next_review_on`."""
    questions.view("decision/trigger_days")
    questions.table("decision/review_days")
