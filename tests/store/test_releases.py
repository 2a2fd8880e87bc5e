"""A warehouse of an earlier release: brought up by a command with all its rows, else refused."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from callsheet.errors import OtherRelease, Taken
from callsheet.history import record
from callsheet.settings import Settings
from callsheet.store.duckdb_store import DuckdbFile
from callsheet.store.postgres_store import PostgresServer
from callsheet.store.releases import FOLDER, RELEASES, TABLE, Releases
from callsheet.store.tables import Action, Lease
from callsheet.store.warehouse import Warehouse
from callsheet.store.warehouse_schema import VIEWS
from callsheet.terminal.migrate import app

HERE = Path(__file__).parent
NEXT = Releases((FOLDER / "versions", HERE / "releases"))
BROKEN = Releases((*NEXT.folders, HERE / "broken_release"))
DAY = date(2026, 3, 2)
TABLES = {
    "duckdb": "select table_name, sql from duckdb_tables() order by 1",
    "postgresql": (
        "select table_name, column_name, ordinal_position, data_type, numeric_precision,"
        " numeric_scale, is_nullable, column_default, collation_name, ''"
        " from information_schema.columns inner join pg_tables on table_name = tablename"
        " where schemaname = 'public'"
        " union all select conrelid::regclass::text, conname, 0, '', 0, 0, '', '', '',"
        " pg_get_constraintdef(oid) from pg_constraint"
        " where connamespace = 'public'::regnamespace order by 1, 2"
    ),
}

AGAIN = (
    "insert into event (ledger_seq, subject, no, kind, state, reason, on_day, happened_at, author,"
    " unit, customer, entity, shard, body, leaf_hash) select {key}, kind, state, reason, on_day,"
    " happened_at, author, unit, customer, entity, shard, body, leaf_hash from event"
    " where ledger_seq = 1"
)


def store_of(settings: Settings):
    url = settings.warehouse.get_secret_value()
    return PostgresServer(url) if url else DuckdbFile(settings.home / "warehouse.duckdb")


@pytest.fixture
def store(settings_of_engine):
    settings_of_engine.home.mkdir()
    return store_of(settings_of_engine)


@pytest.fixture
def older(store, an_event):
    """A warehouse of today's release with two actions and a lease."""
    warehouse = Warehouse(store)
    actions = [
        Action(
            action_id=f"a-{no}", unit=f"C{no}|FR", customer=f"C{no}", entity="FR", shard=no,
            origin="scenario", step_title="Relance n°1", channel="email", mode="manual",
            planned_on=DAY,
        )
        for no in range(2)
    ]  # fmt: skip
    with warehouse.transaction() as tx:
        tx.add(
            *actions,
            Lease(name="l", holder="h", fence=2**62, until_at=datetime(2026, 3, 2, tzinfo=UTC)),
        )
        record(tx, [an_event(f"a-{no}") for no in range(2)])
    return warehouse


def rows_of(warehouse, *names):
    with warehouse.reading() as tx:
        return {name: sorted(map(str, tx.fetch(f"select * from {name}"))) for name in names}


def tables_of(store):
    with store.open(write=False) as tx:
        return tx.fetch(TABLES[tx.kind])


@pytest.fixture
def another_store(request, tmp_path):
    """An empty one beside `store`, on the same engine."""
    if "duckdb" in request.node.callspec.params.values():
        return DuckdbFile(tmp_path / "another.duckdb")
    return PostgresServer(request.getfixturevalue("new_database")())


def test_all_releases_one_after_another_make_the_tables_that_a_new_warehouse_gets(
    store, another_store
):
    with store.migrating() as (_, connection):
        RELEASES.climb(connection)
    with Warehouse(another_store).reading():
        pass

    climbed, made = tables_of(store), tables_of(another_store)
    assert len(climbed) > 15
    assert [row for row in climbed if row[0] != TABLE] == [row for row in made if row[0] != TABLE]


def test_an_earlier_release_is_refused_until_it_was_brought_up(older, store):
    with pytest.raises(OtherRelease, match=r"release 0001, this version wants 0002\n.*migrate"):
        Warehouse(store, releases=NEXT).reading().__enter__()


def test_a_table_that_changes_keeps_its_rows_its_keys_and_every_view(older, store, an_event):
    before = rows_of(older, *VIEWS, "event", "action")
    later = Warehouse(store, releases=NEXT)

    [step] = later.migrate()

    assert (step.release, step.does) == (
        "0002", "A release that never was: events have a colour, leases no holder.",
    )  # fmt: skip
    after = rows_of(later, *VIEWS, "action")
    assert after == {name: rows for name, rows in before.items() if name != "event"}
    with later.reading() as tx:
        assert tx.fetch("select ledger_seq, colour from event order by 1") == [
            (1, "red"),
            (2, "red"),
        ]
        assert tx.fetch("select name, fence from lease") == [("l", 2**62)]
    for key in ("1, 'a-9', 1", "9, 'a-0', 1"):
        with pytest.raises(Taken), later.transaction() as tx:
            tx.execute(AGAIN.format(key=key))


def test_a_second_time_there_is_nothing_to_do(older, store):
    Warehouse(store, releases=NEXT).migrate()

    assert Warehouse(store, releases=NEXT).migrate() == ()


def test_a_release_that_fails_leaves_the_warehouse_as_it_was(older, store):
    before, rows = tables_of(store), rows_of(older, *VIEWS, "event")

    with pytest.raises(ZeroDivisionError):
        Warehouse(store, releases=BROKEN).migrate()

    assert tables_of(store) == before
    assert rows_of(Warehouse(store), *VIEWS, "event") == rows


def test_a_warehouse_of_a_later_release_is_left_alone(older, store):
    Warehouse(store, releases=NEXT).migrate()

    with pytest.raises(OtherRelease, match="release 0002, this version knows releases up to 0001"):
        Warehouse(store).reading().__enter__()
    with pytest.raises(OtherRelease, match="restore a backup"):
        Warehouse(store).migrate()


def test_a_warehouse_from_before_releases_were_numbered_is_of_the_first(older, store):
    with older.transaction() as tx:
        tx.execute(f"drop table {TABLE}")
        tx.execute("comment on table event is 'older'")

    assert [step.release for step in Warehouse(store, releases=NEXT).migrate()] == ["0002"]


def test_the_command_says_what_it_found_and_did(settings_of_engine, tmp_path, monkeypatch):
    monkeypatch.setenv("CALLSHEET_HOME", str(settings_of_engine.home))
    monkeypatch.setenv("CALLSHEET_WAREHOUSE", settings_of_engine.warehouse.get_secret_value())
    asked = CliRunner().invoke(app, ["--dry-run", "--json"], catch_exceptions=False)
    made = CliRunner().invoke(app, [], catch_exceptions=False)
    again = CliRunner().invoke(app, [], catch_exceptions=False)

    assert json.loads(asked.stdout)["found"] == ""
    assert json.loads(asked.stdout)["done"] is False
    assert made.stdout.strip() == "An empty warehouse was made"
    assert (
        again.stdout.strip()
        == f"The warehouse is of release {RELEASES.last}, the last one: nothing to do"
    )
