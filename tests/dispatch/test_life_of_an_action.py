"""The arrows of an action's life: in the docs as in the code, and no others."""

import re
from itertools import product
from pathlib import Path

import pytest

from callsheet.errors import UsageInvalid
from callsheet.history import NewEvent, check_arrows
from callsheet.states import ARROWS, diagram, may_follow, table
from callsheet.vocabulary import ActionState as S

DOC = Path(__file__).parents[2] / "docs" / "life-of-an-action.md"
# The drawing of the design, line by line.
DRAWN = """
planned confirmed | planned blocked | planned cancelled | confirmed sending | confirmed cancelled
blocked planned | sending accepted | sending rejected | sending retry_wait | sending in_doubt
retry_wait sending | accepted delivered | accepted delivery_failed | in_doubt accepted
in_doubt retry_wait | in_doubt declared_sent | in_doubt resend_ordered | in_doubt abandoned
planned done | planned skipped
"""
# What the drawing leaves to be said, and the rule that says it.
SAID = {
    ("planned", "rejected"): "R10: no contact, no text, a call in vain: a failure at once",
    ("confirmed", "blocked"): "domain, what stops an act: another mail that day, an open doubt",
    ("confirmed", "rejected"): "section 7: a text no header may hold never leaves",
    ("blocked", "cancelled"): "withdrawals touch planned, confirmed and blocked",
    ("retry_wait", "rejected"): "bounded",
    ("retry_wait", "cancelled"): "I7: the last look at claim time",
    ("delivered", "delivery_failed"): "R10: a late bounce",
    ("resend_ordered", "sending"): "a person's order is carried out",
    ("resend_ordered", "cancelled"): "I7: the last look at claim time",
    ("resend_ordered", "rejected"): "its text is gone",
    ("resend_ordered", "accepted"): "evidence it was sent, before the resend left",
}


def block(name):
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", DOC.read_text("utf-8"), re.S)
    return found[1].strip()


def test_the_docs_draw_the_table_the_code_asks():
    hint = "put the output of `callsheet states --mermaid` and `callsheet states` there"

    assert block("diagram") == f"```mermaid\n{diagram()}\n```", hint
    assert block("table") == table(), hint


def test_the_arrows_are_those_of_the_drawing_and_those_a_rule_says():
    ours = {(str(b), str(a)) for b, arrows in ARROWS.items() for a in arrows if b is not None}
    drawn = {tuple(arrow.split()) for arrow in re.split(r"[|\n]", DRAWN) if arrow.split()}

    assert ours == drawn | set(SAID)
    assert set(ARROWS[None]) == {S.PLANNED, S.DONE}


def test_no_arrow_leaves_a_final_state():
    final = {state for state in S if not ARROWS[state]}

    assert final == {S.DECLARED_SENT, S.DELIVERY_FAILED, S.REJECTED, S.DONE, S.SKIPPED,
                     S.ABANDONED, S.CANCELLED}  # fmt: skip


def test_every_arrow_that_is_not_drawn_is_refused_when_it_is_recorded(company):
    told = company.told()
    with company.warehouse.reading() as tx:
        for before, after in product(S, S):
            event = NewEvent("a", 2, "action", told.on_day, told.happened_at, "x", state=after,
                             before=before)  # fmt: skip
            if may_follow(before, after):
                check_arrows(tx, [event])
            else:
                with pytest.raises(UsageInvalid, match=f"it cannot become {after}"):
                    check_arrows(tx, [event])
