"""A whole day of the sample company, from its files to its history, without Prefect."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from callsheet.day import play_day
from callsheet.reading.day_summary import DaySummary
from callsheet.scenarios.scenario import load_scenarios
from callsheet.settings import Settings
from callsheet.snapshots.remembered_delivery import RememberedDeliveries
from callsheet.store.warehouse import Warehouse

ROOT = Path(__file__).parents[2]
MONDAY = date(2026, 11, 16)
MORNING = datetime(2026, 11, 16, 10, 0, tzinfo=UTC)
Memories = Callable[[str], RememberedDeliveries]


@pytest.fixture
def played(sample: Settings, judged: Memories) -> DaySummary:
    return play_day(sample, MONDAY, MORNING, receiving=judged("sample"))


def test_every_step_of_the_six_scenarios_is_due_for_someone(
    sample: Settings, played: DaySummary
) -> None:
    with Warehouse.of(sample).reading() as tx:
        acted = set(
            tx.fetch(
                "select distinct scenario, step from action"
                " where planned_on = $day and plan_id <> '' and due_on = $day",
                day=MONDAY,
            )
        )

    assert acted == {
        (scenario.key, step.key)
        for scenario in load_scenarios(sample.scenarios).values()
        if not scenario.library
        for step in scenario.steps
    }


def test_every_outcome_of_the_decision_has_its_accounts(played: DaySummary) -> None:
    assert {
        "act",
        "wait/not_yet",
        "finished",
        "none/nothing_open",
        "hold/disputed",
        "hold/specific_action",
        "hold/on_hold",
        "hold/insolvency",
        "hold/below_minimum",
        "hold/covered_by_credits",
        "hold/credits_to_allocate",
    } <= set(played.decided)


def test_six_bad_rows_are_set_aside_and_the_counts_add_up(played: DaySummary) -> None:
    [pull] = played.pulls

    assert pull.quarantined == 6
    assert pull.duplicates == 1
    assert pull.rows_in == pull.loaded + pull.duplicates + pull.quarantined


def test_the_same_day_played_twice_sends_nothing_twice(
    sample: Settings, played: DaySummary, judged: Memories
) -> None:
    sent = _outbox(sample)

    again = play_day(sample, MONDAY, MORNING + timedelta(hours=2), receiving=judged("sample"))

    assert len(sent) > 30
    assert _outbox(sample) == sent
    assert again.planned == played.planned
    assert again.happened == played.happened


def test_automatic_messages_lie_in_the_outbox_and_what_needs_a_yes_waits(
    sample: Settings, played: DaySummary
) -> None:
    with Warehouse.of(sample).reading() as tx:
        states = dict(
            tx.fetch(
                "select action.mode || ' ' || action_state.state, count(*) from action"
                " inner join action_state on action.action_id = action_state.action_id"
                " where action.plan_id <> '' group by 1"
            )
        )

    assert states["automatic accepted"] == len(_outbox(sample))
    assert states["to_confirm planned"] > 0
    assert states["manual planned"] > 0
    assert "to_confirm accepted" not in states


def test_the_generator_makes_the_shipped_files_again(tmp_path: Path) -> None:
    generator = ROOT / "data" / "make_sample.py"

    subprocess.run([sys.executable, generator, tmp_path], check=True)

    shipped = {path.name: path.read_bytes() for path in (ROOT / "data/sample").glob("*.csv")}
    assert {path.name: path.read_bytes() for path in tmp_path.glob("*.csv")} == shipped


def _outbox(settings: Settings) -> set[str]:
    return {path.name for path in (settings.home / "outbox").rglob("*.eml")}
