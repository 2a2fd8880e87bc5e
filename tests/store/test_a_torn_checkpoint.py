"""Whoever dies within a checkpoint of the embedded warehouse leaves a file that opens again."""

import errno
import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from callsheet.errors import StoreFailed
from callsheet.history import record
from callsheet.store.duckdb_store import DuckdbFile
from callsheet.store.warehouse import Warehouse

FIRST_BLOCK, BLOCK = 12288, 262144
HEADERS = slice(4096, FIRST_BLOCK)
NIGHTLY = pytest.mark.nightly
NAMES = ("warehouse.duckdb", "warehouse.duckdb.wal", "warehouse.duckdb.blocks")


class Checkpoint:
    """The files of a warehouse as they lie before a checkpoint, and what it makes of the main one.

    `changed` are the blocks that it wrote where there was one; at the end it may cut some off.
    """

    def __init__(self, before: Path, after: Path, recorded: list[tuple[str]]) -> None:
        self.before, self.recorded = before, recorded
        self.old, self.new = (before / NAMES[0]).read_bytes(), (after / NAMES[0]).read_bytes()
        places = range(FIRST_BLOCK, min(len(self.old), len(self.new)), BLOCK)
        self.changed = [place for place in places if self._has_changed(place)]

    def _has_changed(self, place: int) -> bool:
        return self.old[place : place + BLOCK] != self.new[place : place + BLOCK]

    def torn(self, home: Path, place: int, written: slice) -> Warehouse:
        """Return the warehouse of a process that died when only so much of a block was written."""
        content = bytearray(self.old)
        part = slice(*(place + at for at in written.indices(BLOCK)[:2]))
        content[part] = self.new[part]
        return self.left(home, bytes(content))

    def left(self, home: Path, content: bytes) -> Warehouse:
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(self.before, home)
        (home / NAMES[0]).write_bytes(content)
        return Warehouse(DuckdbFile(home / NAMES[0]))


def seeded(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311  # what failed can be played again


def subjects(warehouse: Warehouse) -> list[tuple[str]]:
    with warehouse.reading() as tx:
        return tx.fetch("select subject from event order by ledger_seq")


def checkpoints(home: Path, dice: random.Random, an_event) -> Iterator[Checkpoint]:
    """Yield the checkpoints of a warehouse that grows, each with the files it began from."""
    warehouse = Warehouse(DuckdbFile(home / NAMES[0]))
    for day in range(3):
        with warehouse.held():
            for batch in range(dice.randint(1, 3)):
                with warehouse.transaction() as tx:
                    names = [f"a-{day}-{batch}-{no}" for no in range(dice.choice([1, 30, 3000]))]
                    record(tx, [an_event(name) for name in names])
            recorded = subjects(warehouse)
            before = home.with_name(f"before-{day}")
            shutil.copytree(home, before)
        yield Checkpoint(before, home, recorded)


@pytest.mark.parametrize("seed", [1, *(pytest.param(no, marks=NIGHTLY) for no in range(2, 30))])
def test_no_block_that_is_half_written_keeps_the_warehouse_from_opening(tmp_path, an_event, seed):
    dice = seeded(seed)
    fatal = 0
    for checkpoint in checkpoints(tmp_path / "home", dice, an_event):
        for place in checkpoint.changed:
            middle = 4096 * dice.randint(1, BLOCK // 4096 - 1)
            written = dice.choice([slice(0, middle), slice(middle, BLOCK)])
            warehouse = checkpoint.torn(tmp_path / "torn", place, written)
            assert subjects(warehouse) == checkpoint.recorded
            fatal += is_fatal(checkpoint, tmp_path / "bare", place, written)
        with warehouse.transaction() as tx:
            record(tx, [an_event("afterwards")])
        assert subjects(warehouse) == [*checkpoint.recorded, ("afterwards",)]
    assert fatal > 0  # without the kept blocks: the test would notice their absence


def is_fatal(checkpoint: Checkpoint, home: Path, place: int, written: slice) -> bool:
    warehouse = checkpoint.torn(home, place, written)
    (home / NAMES[2]).unlink()
    try:
        return subjects(warehouse) != checkpoint.recorded
    except StoreFailed:
        return True


def test_a_process_that_dies_between_its_last_block_and_its_header_leaves_the_old_state(
    tmp_path, an_event
):
    for checkpoint in checkpoints(tmp_path / "home", seeded(7), an_event):
        content = bytearray(checkpoint.old)
        content[: len(checkpoint.new)] = checkpoint.new  # what it cuts off, it cuts off last
        content[HEADERS] = checkpoint.old[HEADERS]
        warehouse = checkpoint.left(tmp_path / "left", bytes(content))
        assert subjects(warehouse) == checkpoint.recorded


def test_blocks_from_before_a_finished_checkpoint_are_thrown_away(tmp_path, an_event):
    for checkpoint in checkpoints(tmp_path / "home", seeded(8), an_event):
        warehouse = checkpoint.left(tmp_path / "left", checkpoint.new)
        (tmp_path / "left" / NAMES[1]).unlink()  # as DuckDB does at its end
        assert subjects(warehouse) == checkpoint.recorded
        assert not (tmp_path / "left" / NAMES[2]).exists()


def test_blocks_that_were_not_kept_to_their_end_are_not_put_back(tmp_path, an_event):
    checkpoint = next(checkpoints(tmp_path / "home", seeded(9), an_event))
    warehouse = checkpoint.left(tmp_path / "left", checkpoint.old)
    copy = tmp_path / "left" / NAMES[2]
    copy.write_bytes(copy.read_bytes()[:-5])
    assert subjects(warehouse) == checkpoint.recorded
    assert not copy.exists()


def test_nothing_is_left_beside_a_warehouse_that_was_closed(tmp_path, an_event):
    for _ in checkpoints(tmp_path / "home", seeded(10), an_event):
        assert [path.name for path in (tmp_path / "home").iterdir()] == [NAMES[0]]


def test_without_room_for_its_blocks_a_warehouse_is_not_written_to(tmp_path, monkeypatch, an_event):
    checkpoint = next(checkpoints(tmp_path / "home", seeded(12), an_event))
    warehouse = checkpoint.left(tmp_path / "left", checkpoint.old)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StoreFailed, match=r"No space left on device\n  do +make room there"):
            warehouse.transaction().__enter__()
    assert subjects(warehouse) == checkpoint.recorded


def test_a_damaged_file_is_not_taken_for_one_that_somebody_holds(tmp_path, an_event):
    checkpoint = next(checkpoints(tmp_path / "home", seeded(11), an_event))
    warehouse = checkpoint.torn(tmp_path / "torn", checkpoint.changed[-1], slice(0, 8192))
    (tmp_path / "torn" / NAMES[2]).unlink()
    with pytest.raises(StoreFailed, match="Corrupt database file"):
        subjects(warehouse)
