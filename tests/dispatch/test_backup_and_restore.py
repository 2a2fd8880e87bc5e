"""A backup as docs/warehouse.md takes it, restored: the ledger is whole up to that point."""

import shutil
import subprocess

import psycopg
import pytest
from sqlmodel import SQLModel

from callsheet.dispatching.restored import adopt
from callsheet.proof.anchors import LedgerReplaced, folder_of
from callsheet.proof.ledger import last_group
from callsheet.proof.verification import verify
from callsheet.store.releases import TABLE
from callsheet.store.warehouse_schema import VIEWS


@pytest.fixture(params=["duckdb", "postgresql"])
def address(request):
    return "" if request.param == "duckdb" else request.getfixturevalue("new_database")()


@pytest.fixture
def company(tmp_path, address, company_at):
    company = company_at(tmp_path / "var", address)
    for key in ("C1", "C2", "C3"):
        company.customer(key)
    company.pull()
    return company


FILES = "warehouse.duckdb*"


class Backup:
    """The warehouse and the lake, copied by the commands of the manual."""

    def __init__(self, home, address, place):
        self.home, self.place = home, place
        self.address = address.replace("+psycopg", "")
        place.mkdir()

    def take(self):
        if self.address:
            run("pg_dump", "--format=custom", f"--file={self.place}/warehouse.dump", self.address)
        else:
            run("cp", *self.home.glob(FILES), self.place)
        run("cp", "-R", self.home / "lake", self.home / "keys.sqlite", self.place)

    def restore(self):
        if self.address:
            server, _, database = self.address.rpartition("/")
            with psycopg.connect(f"{server}/template1", autocommit=True) as connection:
                connection.execute(f'drop database "{database}"')
                connection.execute(f'create database "{database}" template template0')
            run("pg_restore", f"--dbname={self.address}", f"{self.place}/warehouse.dump")
        else:
            run("rm", "-f", *self.home.glob(FILES))
            run("cp", *self.place.glob(FILES), self.home)
        shutil.rmtree(self.home / "lake")
        run("cp", "-R", self.place / "lake", self.place / "keys.sqlite", self.home)


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture
def backup(company, address, tmp_path):
    return Backup(company.settings.home, address, tmp_path / "backup")


def reminded(company, customer):
    company.plan({"customer": customer, "step": "email-1"})
    company.dispatch()


def content(company):
    """Every row of every table and view as text, and the ledger's last root and chain."""
    with company.warehouse.reading() as tx:
        names = [*SQLModel.metadata.tables, TABLE, *VIEWS]
        rows = {name: sorted(map(str, tx.fetch(f"select * from {name}"))) for name in names}
        return rows, last_group(tx)


def test_what_was_restored_is_what_was_backed_up_and_its_root_is_the_same(
    company, backup, tmp_path
):
    reminded(company, "C1")
    before, anchors = content(company), tmp_path / "anchors of then"
    shutil.copytree(folder_of(company.settings), anchors)
    backup.take()
    reminded(company, "C2")
    assert content(company) != before

    backup.restore()

    assert content(company) == before
    assert verify(company.warehouse, anchors).is_proved


def test_a_restored_older_warehouse_sends_nothing_until_a_person_goes_on_with_it(company, backup):
    reminded(company, "C1")
    backup.take()
    reminded(company, "C2")
    backup.restore()
    company.plan({"customer": "C3", "step": "email-1"})

    assert verify(company.warehouse, folder_of(company.settings)).fault is not None
    with pytest.raises(LedgerReplaced, match="callsheet verify"):
        company.dispatch()
    assert company.states()["C3 email-1"] == "confirmed"

    adopt(company.warehouse, company.settings, company.told(), "the disk is gone")
    company.dispatch()

    assert company.states()["C3 email-1"] == "accepted"
    assert verify(company.warehouse, folder_of(company.settings)).is_proved
