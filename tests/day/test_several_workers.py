"""Several workers on one PostgreSQL at once, each with no more rights than it needs."""

import json
import pickle
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg import errors, sql
from pydantic import SecretStr
from sqlmodel import SQLModel

from callsheet.configuration import configuration_of
from callsheet.day import freeze_plan
from callsheet.decision.rebuild import differences_from_rebuild
from callsheet.errors import StoreFailed
from callsheet.proof.anchors import folder_of
from callsheet.proof.verification import verify
from callsheet.reading.day_summary import answers
from callsheet.settings import Settings
from callsheet.snapshots.snapshot import latest
from callsheet.store.transaction import APPEND_ONLY
from callsheet.store.warehouse import Warehouse
from callsheet.store.warehouse_schema import VIEWS

WORKERS = Path(__file__).parent / "workers.py"
MONDAY = date(2026, 11, 16)
TABLES = sorted(SQLModel.metadata.tables)
LEDGER = sorted(APPEND_ONLY | {"batch_anchor", "snapshot", "confirmation_list", "config_version"})


@dataclass
class Shared:
    """A warehouse as its owner, a worker and an analyst see it."""

    owner: str
    worker: Settings
    analyst: str
    errors: list[str] = field(default_factory=list)
    sent: Counter[str] = field(default_factory=Counter)
    arrived: int = 0
    looks: int = 0


@pytest.fixture(scope="module")
def shared(new_database, small_company, tmp_path_factory) -> Shared:
    """An empty warehouse whose owner made the two roles and gave one to each of two logins."""
    owner = new_database()
    home = tmp_path_factory.mktemp("shared") / "var"
    company = small_company.model_copy(update={"home": home, "warehouse": SecretStr(owner)})
    Warehouse.of(company).give_rights()
    database = owner.rpartition("/")[2]
    with psycopg.connect(plain(owner), autocommit=True) as connection:
        for login, role in (("worker", "callsheet_app"), ("analyst", "callsheet_reader")):
            made = sql.SQL("create role {} login in role {}")
            name = f"{login}_{database}"
            connection.execute(made.format(sql.Identifier(name), sql.Identifier(role)))
    worker = owner.replace("callsheet@", f"worker_{database}@")
    analyst = plain(owner).replace("callsheet@", f"analyst_{database}@")
    return Shared(owner, company.model_copy(update={"warehouse": SecretStr(worker)}), analyst)


def plain(address: str) -> str:
    return address.replace("+psycopg", "")


@pytest.fixture(
    scope="module",
    params=[
        pytest.param((MONDAY,), id="a day"),
        pytest.param(
            tuple(date(2026, 11, day) for day in (9, 10, 11, 12, 13, 16)), id="a week",
            marks=pytest.mark.nightly,
        ),
    ],
)  # fmt: skip
def played(request, shared, tmp_path_factory) -> Shared:
    """Days on which three collect for an entity each, while one drains and an analyst looks."""
    settings = tmp_path_factory.mktemp("settings") / "settings.pickle"
    settings.write_bytes(pickle.dumps(shared.worker))
    for as_of in request.param:
        play(shared, settings, as_of)
    shared.last_day = request.param[-1]
    return shared


def play(shared: Shared, settings: Path, as_of: date) -> None:
    over = threading.Event()
    analyst = threading.Thread(target=look_until, args=(shared, over))
    analyst.start()
    done = subprocess.run(
        [sys.executable, WORKERS, settings, as_of.isoformat()],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    over.set()
    analyst.join()
    shared.errors += [done.stderr] if done.stderr else []
    told = json.loads(done.stdout)
    shared.arrived += told.pop("drain")
    for sent in told.values():
        shared.sent += Counter(sent)


def look_until(shared: Shared, over: threading.Event) -> None:
    with psycopg.connect(shared.analyst, autocommit=True) as connection:
        while not over.wait(0.3):
            for view in VIEWS:
                connection.execute(f"select * from {view}").fetchall()
            shared.looks += 1


def test_nobody_meets_a_lock_or_an_error(played):
    assert played.errors == []
    assert played.looks > 0


def test_every_message_left_once_and_every_notice_was_applied(played):
    with Warehouse.of(played.worker).reading() as tx:
        states = dict(tx.fetch("select state, count(*) from action_state group by 1"))
        entities = tx.fetch("select distinct entity from action_history where state = 'accepted'")
        twice = answers(tx, "played_twice")

    assert played.sent == Counter(accepted=played.arrived)
    assert states["delivered"] == played.arrived > 3
    assert not {"accepted", "sending", "in_doubt"} & set(states)
    assert len(entities) > 1
    assert twice == []


def test_no_update_is_lost_between_them(played):
    """What the states came to is what a fold of the whole history makes of it."""
    as_of, now = played.last_day, datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
    freeze_plan(played.worker, as_of, now)
    with Warehouse.of(played.worker).reading() as tx:
        snapshots = latest(tx, [source.name for source in played.worker.sources], as_of)
        config = configuration_of(tx, played.worker, as_of, snapshots, keep=False)
        lake = played.worker.home / "lake"
        differences = differences_from_rebuild(tx, as_of, config, snapshots, lake)
        [(days, published)] = tx.fetch("select count(distinct on_day), count(*) from snapshot")

    assert set(differences.values()) == {0}
    assert days == published  # of three deliveries a day one is published
    assert verify(Warehouse.of(played.worker), folder_of(played.worker)).is_proved


@pytest.mark.parametrize("table", LEDGER)
@pytest.mark.parametrize(
    "statement", ["delete from {}", "truncate {}", "update {} set {} = {}", "drop table {}"]
)
def test_a_worker_cannot_change_the_ledger(shared, table, statement):
    column = next(iter(SQLModel.metadata.tables[table].columns)).name
    names = [sql.Identifier(name) for name in (table, column, column)]
    with (
        psycopg.connect(plain(shared.worker.warehouse.get_secret_value())) as connection,
        pytest.raises(errors.InsufficientPrivilege),
    ):
        connection.execute(sql.SQL(statement).format(*names))


def test_an_analyst_reads_every_view_and_no_table(shared):
    with psycopg.connect(shared.analyst, autocommit=True) as connection:
        for view in VIEWS:
            connection.execute(f"select * from {view}").fetchall()
        for table in TABLES:
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(f"select * from {table}")


def test_a_worker_adds_to_and_reads_every_table(shared):
    with psycopg.connect(plain(shared.worker.warehouse.get_secret_value())) as connection:
        for table in TABLES:
            connection.execute(f"insert into {table} select * from {table} where false")


def test_views_that_are_made_anew_keep_their_readers(shared):
    owner = shared.worker.model_copy(update={"warehouse": SecretStr(shared.owner)})
    with Warehouse.of(owner).transaction() as tx:
        tx.execute("comment on table event is 'older'")
    with pytest.raises(StoreFailed, match=r"must be owner .*\n.*docs/warehouse.md"):
        another(shared.worker).reading().__enter__()

    with another(owner).reading():
        pass

    with psycopg.connect(shared.analyst) as connection:
        assert connection.execute("select count(*) from worklist").fetchone()


def another(settings: Settings) -> Warehouse:
    """The warehouse as a new process sees it."""
    from callsheet.store.postgres_store import PostgresServer

    return Warehouse(PostgresServer(settings.warehouse.get_secret_value()), settings.home)
