"""Many days in a row: nothing twice, nothing frozen, and people who act late or never."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from callsheet.configuration import configuration_of
from callsheet.decision import decide
from callsheet.desk.playing_people import PlayingPeople
from callsheet.errors import UsageInvalid
from callsheet.replay import ReplaySummary, in_its_own_home, replay
from callsheet.settings import Settings
from callsheet.snapshots.remembered_delivery import RememberedDeliveries
from callsheet.snapshots.snapshot import latest
from callsheet.store.warehouse import Warehouse

Memories = Callable[[str], RememberedDeliveries]


COLUMNS = (
    "unit, outcome, reason, leader, leader_due, run, run_no, scenario, scenario_version,"
    " assigned_by, step, step_day, due_on, act_on, withdraw"
)


class _Undone(Exception):
    """Takes a transaction back."""


def _decided(settings: Settings, as_of: date, *, full: bool) -> list[tuple[Any, ...]]:
    """Return what deciding `as_of` now would leave of every account, and leave nothing."""
    found: list[tuple[Any, ...]] = []
    with suppress(_Undone), Warehouse.of(settings).transaction() as tx:
        snapshots = latest(tx, [source.name for source in settings.sources], as_of)
        configuration = configuration_of(tx, settings, as_of, snapshots)
        decide(tx, as_of, configuration, snapshots, settings.home / "lake", full=full)
        found = tx.fetch(f"select {COLUMNS} from account_state order by unit")
        raise _Undone
    return found


def _of_home(settings: Settings, home: Path) -> Settings:
    return settings.model_copy(update={"home": home})


@dataclass
class Played:
    """A replay that was played, and the days on which the quick decision was not the full one."""

    settings: Settings
    summary: ReplaySummary
    differing: list[date] = field(default_factory=list)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(date(2026, 11, 2), id="two weeks"),
        pytest.param(date(2026, 8, 24), id="sixty days", marks=pytest.mark.nightly),
    ],
)
def played(
    request: pytest.FixtureRequest,
    small_company: Settings,
    judged: Memories,
    tmp_path_factory: pytest.TempPathFactory,
) -> Played:
    """Weeks of business days of the small company, whose people act two days late."""
    home = tmp_path_factory.mktemp("played")
    settings = in_its_own_home(small_company, home)
    differing: list[date] = []

    def compare(day: date, number: int, _count: int) -> None:
        if number % 6 == 0 and _decided(settings, day, full=False) != _decided(
            settings, day, full=True
        ):
            differing.append(day)

    summary = replay(
        small_company,
        request.param,
        date(2026, 11, 13),
        people=PlayingPeople.of("late:2"),
        home=home,
        progress=compare,
        receiving=judged("small"),
    )
    return Played(settings, summary, differing)


def test_weeks_of_days_play_nothing_twice(played: Played) -> None:
    summary = played.summary

    assert summary.days in {10, 60}
    assert summary.accounts > 3
    assert sum(step.done for step in summary.steps) > 5
    assert summary.twice == ()


def test_the_incremental_decision_is_the_full_one_on_every_day_looked_at(
    played: Played,
) -> None:
    assert played.differing == []


def test_people_two_days_late_let_no_account_freeze(played: Played) -> None:
    with Warehouse.of(played.settings).reading() as tx:
        waiting = tx.fetch(
            "select min(action.planned_on) from action"
            " inner join action_state on action.action_id = action_state.action_id"
            " where action_state.state = 'planned' and action.channel <> 'sms'"
        )

    assert waiting[0][0] is None or waiting[0][0] >= date(2026, 11, 12)


def test_without_people_only_what_is_automatic_is_done(
    small_company: Settings, judged: Memories, tmp_path: Path
) -> None:
    summary = replay(
        small_company,
        date(2026, 11, 9),
        date(2026, 11, 13),
        people=PlayingPeople.of("none"),
        home=tmp_path / "none",
        receiving=judged("small"),
    )

    with Warehouse.of(_of_home(small_company, tmp_path / "none")).reading() as tx:
        done = tx.fetch(
            "select distinct action.mode from action"
            " inner join action_state on action.action_id = action_state.action_id"
            " where action.plan_id <> '' and action_state.state in ('accepted', 'done')"
        )
    assert summary.days == 5
    assert done == [("automatic",)]


def test_a_replay_keeps_out_of_the_home_of_the_settings(small_company: Settings) -> None:
    with pytest.raises(UsageInvalid, match="home of its own"):
        in_its_own_home(small_company, small_company.home)


def test_a_rule_for_people_that_nobody_knows_is_refused() -> None:
    with pytest.raises(UsageInvalid, match="late:N"):
        PlayingPeople.of("sometimes")


def test_the_opening_position_is_not_taken_over_once_we_play_the_account(
    played: Played,
) -> None:
    with Warehouse.of(played.settings).reading() as tx:
        late = tx.fetch(
            "select count(*) from action as opened"
            " inner join action as ours on opened.unit = ours.unit"
            " where opened.role = 'opening' and ours.plan_id <> ''"
            " and ours.planned_on < opened.planned_on"
        )

    assert late == [(0,)]
