"""Ordinary days hold nothing, disasters let nothing out: a dozen here, all of them by night."""

import pytest

from .disasters import DISASTERS
from .show import play_show

A_DOZEN = (
    "half_of_the_ledger_is_missing",
    "only_overdue_invoices_are_exported",
    "the_test_data_came_along",
    "every_sign_is_turned_round",
    "every_item_belongs_to_the_next_customer",
    "all_addresses_are_one_address",
    "everything_is_marked_overdue",
    "production_was_cloned_with_its_settings",
    "the_warehouse_was_restored_from_a_backup",
    "one_message_in_ten_came_back",
    "the_key_of_the_provider_was_revoked",
    "the_clock_was_set_back_by_a_week",
)


def shown(tmp_path, days, customers, names):
    show = play_show(tmp_path, days, customers, names)
    left = {one.name: one.left for one in show.disasters if one.left}
    unexplained = [one.name for one in show.disasters if not [*one.stopped_by, *one.said]]

    assert show.control > 0, "without a disaster messages leave"
    assert left == {}
    assert unexplained == []
    assert len(show.holds) <= len(show.days) * 0.01, show.holds


@pytest.mark.nightly
def test_a_dozen_disasters_after_a_week_of_ordinary_days(tmp_path):
    shown(tmp_path, 9, 150, A_DOZEN)


@pytest.mark.nightly
def test_every_disaster_after_two_ordinary_years(tmp_path):
    assert len(DISASTERS) >= 50
    shown(tmp_path, 730, 600, list(DISASTERS))
