"""The one way from given rows to decisions: `collect`, what-ifs and tests all go through here.

Before `fold`, the connection must know the relations `given_items`, `given_customers`,
`given_entities`, `given_assignments`, `given_mergers`, `given_exclusions`, `given_actions`,
`new_events` and the table `step_state`; and the terms (`terms.load`).
"""

from callsheet.decision.questions import Questions
from callsheet.decision.rule_matches import match_rules


def fold(questions: Questions) -> None:
    """Bring `step_state` up to the new events; `folded_actions` are the rows that changed."""
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
        "decision/accounts",
        "fold/contacts",
        "decision/known_exclusions",
        "decision/excluded_items",
        "decision/items_out",
        "decision/returned_items",
        "decision/valued_items",
        "decision/run_steps",
        "decision/failed_steps",
        "decision/run_progress",
        "decision/items",
    )


def decide_accounts(questions: Questions) -> None:
    """Decide every account of `accounts`: one row each in `decisions`.

    Reads `items`, `accounts`, `contacts`, `failed_steps` and `past_actions`.
    """
    questions.table(
        "decision/steps_after",
        "decision/balances",
        "decision/fronts",
        "decision/contenders",
        "decision/proposals",
        "decision/steps_in_reach",
        "decision/leaders",
    )
    questions.view("decision/claims")
    questions.table("decision/tested_claims", "decision/outcomes", "decision/withdrawals")
    questions.table("decision/decisions")
