"""A restored backup: what it does not know is in doubt, and nothing of it is sent again."""

import shutil
import sys
from pathlib import Path

import psycopg
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from test_kills import CountingRelay, running
from typer.testing import CliRunner

from callsheet.dispatching.restored import adopt, look_beyond
from callsheet.errors import UsageInvalid
from callsheet.proof.anchors import LedgerReplaced, folder_of
from callsheet.proof.verification import verify
from callsheet.settings import SmtpSettings
from callsheet.terminal.restored import app

WHY = "the disk is gone, and this copy is all there is"


@pytest.fixture(params=["duckdb", "postgresql"])
def address(request):
    return "" if request.param == "duckdb" else request.getfixturevalue("new_database")()


@pytest.fixture
def relay():
    relay = CountingRelay()
    with running(relay) as port:
        relay.port = port
        yield relay


@pytest.fixture
def company(tmp_path, address, relay, company_at):
    smtp = SmtpSettings(host="127.0.0.1", port=relay.port, security="none")
    company = company_at(tmp_path, address, email="smtp", smtp=smtp)
    for key in ("C1", "C2", "C3"):
        company.customer(key)
    company.pull()
    return company


@pytest.fixture
def backup(company, address):
    """Copy the warehouse aside; its `restore` puts the copy in the place of what came after."""
    return Backup(company, address)


class Backup:
    def __init__(self, company, address):
        self.file = company.settings.home / "warehouse.duckdb"
        self.server, _, self.database = address.replace("+psycopg", "").rpartition("/")

    def take(self):
        self._copy(
            self.database, f"{self.database}_copy", self.file, self.file.with_suffix(".copy")
        )

    def restore(self):
        self._copy(
            f"{self.database}_copy", self.database, self.file.with_suffix(".copy"), self.file
        )

    def _copy(self, database, into, file, beside):
        if not self.server:
            shutil.copy(file, beside)
            return
        with psycopg.connect(f"{self.server}/postgres", autocommit=True) as connection:
            connection.execute(f'drop database if exists "{into}"')
            connection.execute(f'create database "{into}" template "{database}"')


def reminded(company, *customers):
    company.plan(*({"customer": key, "step": "email-1"} for key in customers))


@pytest.fixture
def restored(company, backup):
    """C1 and C2 were planned before the backup, C3 after it; all three were written to."""
    reminded(company, "C1", "C2")
    backup.take()
    company.dispatch()
    reminded(company, "C3")
    company.dispatch()
    backup.restore()
    return company


def test_nothing_leaves_a_warehouse_that_is_older_than_its_anchors(restored, relay):
    with pytest.raises(LedgerReplaced, match="callsheet verify"):
        restored.dispatch()

    assert relay.taken.total() == 3


def test_what_the_backup_held_as_not_sent_is_in_doubt_and_never_sent_by_itself(restored, relay):
    adopted = adopt(restored.warehouse, restored.settings, restored.told(), WHY)
    restored.dispatch()

    assert len(adopted.doubts) == 2
    assert len(adopted.unknown) == 1
    assert restored.states() == {
        "C1 email-1": "in_doubt restored",
        "C2 email-1": "in_doubt restored",
    }
    assert set(relay.taken.values()) == {1}


def test_what_the_backup_never_heard_of_is_in_doubt_as_soon_as_it_is_planned(restored, relay):
    adopt(restored.warehouse, restored.settings, restored.told(), WHY)
    reminded(restored, "C3")
    restored.dispatch()

    assert restored.states()["C3 email-1"] == "in_doubt restored"
    assert set(relay.taken.values()) == {1}


def test_the_new_anchors_prove_the_ledger_and_the_old_ones_are_kept(restored):
    before = (folder_of(restored.settings) / anchors_of(restored)).read_bytes()
    adopted = adopt(restored.warehouse, restored.settings, restored.told(), WHY)

    assert adopted.found.set_aside.read_bytes() == before
    assert verify(restored.warehouse, folder_of(restored.settings)).is_proved


def anchors_of(company):
    [file] = folder_of(company.settings).glob("*.jsonl")
    return file.name


def test_a_look_beforehand_changes_nothing(restored):
    seen = look_beyond(restored.warehouse, restored.settings)

    assert len(seen.doubts) == 2
    assert set(restored.states().values()) == {"confirmed"}


def test_a_warehouse_that_leads_up_to_its_anchors_is_left_alone(company):
    reminded(company, "C1")
    company.dispatch()

    assert adopt(company.warehouse, company.settings, company.told(), WHY) is None
    assert company.states() == {"C1 email-1": "accepted"}


def test_a_backup_is_not_adopted_without_a_reason():
    with pytest.raises(UsageInvalid, match="add --why"):
        CliRunner().invoke(app, [], catch_exceptions=False)
