"""PostgreSQL is started again under a run: what was asked is asked anew, and recorded once."""

import psycopg
import pytest
from pydantic import SecretStr

from callsheet import crash_points
from callsheet.crash_points import Point
from callsheet.errors import NoServer, StoreLost
from callsheet.group_commit import Committer
from callsheet.history import record, unrecorded
from callsheet.settings import Settings
from callsheet.store.restarts import through_restarts
from callsheet.store.warehouse import Warehouse

END_ALL = (
    "select pg_terminate_backend(pid) from pg_stat_activity"
    " where pid <> pg_backend_pid() and datname = current_database()"
)


@pytest.fixture
def address(new_database):
    return new_database()


@pytest.fixture
def on_server(address, tmp_path):
    return Warehouse.of(Settings(home=tmp_path / "var", warehouse=SecretStr(address)))


@pytest.fixture
def break_off(address):
    """End every session of the database, as an administrator or a shutdown does."""

    def end() -> None:
        with psycopg.connect(address.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(END_ALL)

    yield end
    crash_points.disarm()


def recorded(warehouse):
    with warehouse.reading() as tx:
        return tx.fetch("select ledger_seq, subject, state from event order by ledger_seq")


def test_a_claim_whose_session_is_ended_before_its_commit_is_recorded_once(
    on_server, an_event, break_off
):
    with on_server.transaction() as tx:
        record(tx, [an_event("a-1"), an_event("a-1", 2, "confirmed")])
    crash_points.arm(Point.CLAIM_OPEN, 1, break_off)

    with Committer(on_server) as committer:
        committer.submit(an_event("a-1", 3, "sending"))

    assert [row[2] for row in recorded(on_server)] == ["planned", "confirmed", "sending"]


def test_what_was_committed_though_its_answer_was_lost_is_read_back(warehouse, an_event):
    first, other = an_event("a-1"), an_event("a-2")
    with warehouse.transaction() as tx:
        record(tx, [first])

    with warehouse.transaction() as tx:
        assert unrecorded(tx, [first, other]) == [other]


def test_an_event_of_somebody_else_in_its_place_is_not_taken_for_ours(warehouse, an_event):
    with warehouse.transaction() as tx:
        record(tx, [an_event("a-1", author="Anne")])

    with warehouse.transaction() as tx:
        ours = an_event("a-1", author="policy")
        assert unrecorded(tx, [ours]) == [ours]


def test_a_session_that_is_ended_is_told_from_a_statement_that_fails(on_server, break_off):
    def ask_after_it():
        with on_server.transaction() as tx:
            break_off()
            tx.fetch("select 1")

    with pytest.raises(StoreLost):
        ask_after_it()


def test_whoever_waited_in_vain_is_told_that_no_server_answers(tmp_path):
    nowhere = SecretStr("postgresql+psycopg://callsheet@127.0.0.1:1/nothing")
    warehouse = Warehouse.of(Settings(home=tmp_path / "var", warehouse=nowhere))

    def ask():
        with warehouse.reading() as tx:
            return tx.fetch("select 1")

    with pytest.raises(NoServer, match="start it, or mend the setting"):
        through_restarts(ask, patience_seconds=0.1)
