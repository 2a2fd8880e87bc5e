"""The kept states are what a fold of all history makes, and a wrong one is noticed."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from kept_company import FEW_ITEMS, KeptCompany, possible
from reference.decide import decide
from reference.plays import play
from reference.worlds import random_world, seeded

SOUND = {"step_state": 0, "account_state": 0, "item_state": 0}


@pytest.fixture(scope="module")
def company_and_morning(tmp_path_factory):
    company = KeptCompany(tmp_path_factory.mktemp("company") / "var")
    for morning, _ in play(seeded(3), decide, 5, possible(random_world(seeded(3), 8))):
        company.decide(morning)
    return company, morning


def test_five_days_of_states_equal_a_fold_of_all_history(company_and_morning):
    company, morning = company_and_morning

    assert company.rebuild_difference(morning) == SOUND


def test_deciding_by_shares_leaves_each_decision_once_and_the_same_states(company_and_morning):
    company, morning = company_and_morning

    decided = company.decide(morning, full=True, most_items=FEW_ITEMS)

    assert len(company.left) == len(set(company.left)) == len(decided) > 3
    assert company.rebuild_difference(morning) == SOUND


def test_a_state_that_was_tampered_with_is_noticed(company_and_morning):
    company, morning = company_and_morning
    with company.warehouse.transaction() as tx:
        tx.execute("update account_state set outcome = 'nonsense'")

    assert company.rebuild_difference(morning)["account_state"] > 0
