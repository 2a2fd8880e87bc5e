"""The same days played on DuckDB and on PostgreSQL leave the same rows in every table."""

import json
import shutil
from datetime import date, datetime

import pytest
from pydantic import SecretStr
from sqlmodel import SQLModel

from callsheet.day import play_day
from callsheet.desk.playing_people import PlayingPeople
from callsheet.replay import MORNING, business_days, in_its_own_home
from callsheet.store.warehouse import Warehouse
from callsheet.store.warehouse_schema import VIEWS

LAST = date(2026, 11, 16)
# What the clock or the order of the sender threads decides: it differs from run to run.
OF_THE_RUN = {"ledger_seq", "last_seq", "happened_at", "leaf_hash", "published_at", "taken_at"}
OF_AN_ATTEMPT = {"wire", "lease", "fence"}  # PostgreSQL's lease; the Date of a message
LEFT_OUT = {"batch_anchor", "lease"}  # groups are cut by time; a lease is PostgreSQL's


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(date(2026, 11, 13), id="two days"),
        pytest.param(date(2026, 8, 25), id="sixty days", marks=pytest.mark.nightly),
    ],
)
def both(request, small_company, judged, new_database, tmp_path_factory):
    """What each table and view holds after the days on DuckDB, and after those on PostgreSQL."""
    home = tmp_path_factory.mktemp("both") / "home"
    settings = in_its_own_home(small_company, home)
    days = list(business_days(request.param, LAST))
    embedded = played(settings, days, judged("both"))
    for place in ("lake", "outbox", "anchors"):  # keys and the judged delivery stay
        shutil.rmtree(home / place)
    (home / "warehouse.duckdb").unlink()
    server = settings.model_copy(update={"warehouse": SecretStr(new_database())})
    return len(days), embedded, played(server, days, judged("both"))


def played(settings, days, receiving):
    people = PlayingPeople.of("late:1")
    warehouse = Warehouse.of(settings)
    with warehouse.held():
        for day in days:
            play_day(settings, day, datetime.combine(day, MORNING), people, receiving)
        with warehouse.reading() as tx:
            return {name: rows_of(tx, name) for name in [*SQLModel.metadata.tables, *VIEWS]}


def rows_of(tx, name):
    found = tx.arrow(f"select * from {name}").to_pylist()
    return sorted(
        [f"{column}={as_text(column, value)}" for column, value in row.items()] for row in found
    )


def as_text(column, value):
    if column in OF_THE_RUN:
        return type(value).__name__
    if column == "body":
        body = json.loads(value)
        detail = {key: told for key, told in body["detail"].items() if key not in OF_AN_ATTEMPT}
        return {**body, "detail": detail} | dict.fromkeys(OF_THE_RUN & set(body))
    return str(value)


@pytest.mark.parametrize("name", sorted({*SQLModel.metadata.tables, *VIEWS} - LEFT_OUT))
def test_a_table_holds_the_same_rows_on_both(both, name):
    _, embedded, server = both

    assert server[name] == embedded[name]


def test_there_was_something_to_compare(both):
    days, embedded, _ = both

    for name in ("event", "action", "item_state", "step_state", "snapshot"):
        assert len(embedded[name]) >= days, name
    assert len(embedded["account_state"]) > 20
    assert any("state=done" in row for row in embedded["action_state"])
    assert any("state=accepted" in row for row in embedded["action_state"])
