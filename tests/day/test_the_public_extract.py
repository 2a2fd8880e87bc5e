"""A real day of invoices that nobody here wrote, through a mapping file of its own."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from callsheet.day import play_day
from callsheet.reading.day_summary import DaySummary
from callsheet.settings import Settings
from callsheet.snapshots.remembered_delivery import RememberedDeliveries
from callsheet.store.warehouse import Warehouse

FRIDAY = date(2013, 6, 28)
MORNING = datetime(2013, 6, 28, 10, tzinfo=UTC)


@pytest.fixture
def played(public_extract: Settings, judged: Callable[[str], RememberedDeliveries]) -> DaySummary:
    return play_day(public_extract, FRIDAY, MORNING, receiving=judged("extract"))


def test_a_past_day_of_the_public_extract_is_played(played: DaySummary) -> None:
    [pull] = played.pulls
    assert pull.quarantined == 0
    assert sum(played.decided.values()) == 56
    assert played.decided["act"] == 12
    assert played.happened["accepted"] == 12


def test_what_was_settled_by_then_is_cleared_and_what_came_later_is_unknown(
    public_extract: Settings, played: DaySummary
) -> None:
    with Warehouse.of(public_extract).reading() as tx:
        [(first_due, items)] = tx.fetch("select min(due_date), count(*) from item_state")
    assert items == 86
    assert first_due >= date(2013, 5, 1)
