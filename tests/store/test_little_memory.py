"""What a long transaction leaves behind goes to disk, on both engines alike."""

import duckdb
import pytest

MADE = (
    "create or replace temp table made as select i, 'a text ' || i as told from range(100_000) r(i)"
)
IN_USE = "select cast(sum(memory_usage_bytes) as bigint) // 1_000_000 from duckdb_memory()"
LIMIT = "select current_setting('memory_limit')"


def test_tables_that_others_replaced_take_no_more_memory_than_was_said(warehouse):
    with warehouse.transaction() as tx:
        con = tx.duckdb()
        with tx.frugal(12):
            for _ in range(6):  # 4 MB each
                con.execute(MADE)
            [(megabytes,)] = con.execute(IN_USE).fetchall()
        [(last,)] = con.execute("select max(told) from made").fetchall()

    assert megabytes <= 13
    assert last == "a text 99999"


def fail_inside(warehouse):
    with warehouse.transaction() as tx, tx.frugal(12):
        tx.duckdb().execute("select cast('no number' as integer)")  # the transaction is over


def test_memory_is_as_before_also_when_the_work_inside_failed(warehouse):
    with warehouse.held():  # else the file would be opened anew
        with warehouse.transaction() as tx:
            [before] = tx.duckdb().execute(LIMIT).fetchall()
        with pytest.raises(duckdb.ConversionException):
            fail_inside(warehouse)

        with warehouse.transaction() as tx:
            assert tx.duckdb().execute(LIMIT).fetchall() == [before]
