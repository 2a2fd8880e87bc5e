"""A run of uses: the embedded file stays open between them, and others get in all the same."""

import subprocess
import sys
import time

import pytest

from callsheet.store import duckdb_store
from callsheet.store.duckdb_store import DuckdbFile

LOOK = "import duckdb, sys; duckdb.connect(sys.argv[1], read_only=True)"
WAIT = """
import sys
from pathlib import Path
from callsheet.store.duckdb_store import DuckdbFile
with DuckdbFile(Path(sys.argv[1]), patience_seconds=60).open(write=False) as tx:
    tx.fetch("select 1")
"""


@pytest.fixture
def file(tmp_path):
    made = DuckdbFile(tmp_path / "warehouse.duckdb")
    with made.open(write=True) as tx:
        tx.execute("create table kept (no integer)")
    return made


def is_free(file):
    """Say whether another process can read the file."""
    looked = subprocess.run(
        [sys.executable, "-c", LOOK, file.path], check=False, capture_output=True
    )
    return looked.returncode == 0


def use(file, *, write=True):
    with file.open(write=write) as tx:
        return tx.fetch("select count(*) from kept")


def test_between_the_uses_of_a_run_the_file_stays_open_and_is_let_go_at_its_end(file, monkeypatch):
    monkeypatch.setattr(duckdb_store, "_LINGER_SECONDS", 60.0)
    with file.kept_open():
        use(file)
        assert not is_free(file)

    assert is_free(file)


def test_a_run_that_pauses_lets_the_file_go(file, monkeypatch):
    monkeypatch.setattr(duckdb_store, "_LINGER_SECONDS", 0.05)
    with file.kept_open():
        use(file)
        until = time.monotonic() + 30
        while not is_free(file) and time.monotonic() < until:
            time.sleep(0.05)

        assert is_free(file)


def test_in_a_long_run_the_file_stays_open_while_nobody_waits(file, monkeypatch):
    monkeypatch.setattr(duckdb_store, "_FAIR_SECONDS", 0.0)
    monkeypatch.setattr(duckdb_store, "_LINGER_SECONDS", 60.0)
    with file.kept_open():
        use(file)
        assert not is_free(file)


def test_in_a_long_run_a_waiting_reader_gets_in(file, monkeypatch):
    monkeypatch.setattr(duckdb_store, "_FAIR_SECONDS", 0.2)
    with file.kept_open():
        use(file)
        waiting = subprocess.Popen([sys.executable, "-c", WAIT, file.path])
        until = time.monotonic() + 60
        while waiting.poll() is None and time.monotonic() < until:
            use(file)

        assert waiting.wait(timeout=60) == 0


def test_a_writer_is_not_held_up_by_a_reading_before_it(file):
    with file.kept_open():
        use(file, write=False)
        with file.open(write=True) as tx:
            tx.execute("insert into kept values (1)")

        assert use(file, write=False) == [(1,)]


READ_ON_AND_ON = """
import sys, time
from pathlib import Path
from callsheet.store.duckdb_store import DuckdbFile
file = DuckdbFile(Path(sys.argv[1]), patience_seconds=60)
print(flush=True)
while not Path(sys.argv[2]).exists():
    with file.open(write=False) as tx:
        time.sleep(0.3)
"""


def test_readers_that_follow_each_other_closely_do_not_keep_a_writer_out(file, tmp_path):
    ended = tmp_path / "ended"
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READ_ON_AND_ON, file.path, ended], stdout=subprocess.PIPE
        )
        for _ in range(4)
    ]
    try:
        for reader in readers:
            assert reader.stdout.readline()
        for no in range(3):
            with file.open(write=True) as tx:  # Busy after 30 seconds
                tx.execute("insert into kept values ($no)", no=no)
    finally:
        ended.touch()
        for reader in readers:
            reader.communicate()

    assert use(file) == [(3,)]
