"""Keys that come twice are found in little memory, however many keys there are."""

from pathlib import Path

import duckdb

import callsheet

ASKED = Path(callsheet.__file__).parent / "sql" / "validation" / "asked.sql"
KEYS = """
create table table_rules as select 'open_items' as table_name, true as is_strict;
create view row_keys as
select 'open_items' as table_name, i as line, 'key ' || i as row_key, i as content
from range(300_000) made(i)
union all select 'open_items', 300_000, 'key 5', 0
"""


def test_keys_that_come_twice_are_found_on_disk_when_memory_is_small(tmp_path):
    little = {"memory_limit": "14MB", "threads": "2", "temp_directory": str(tmp_path / "spill")}
    with duckdb.connect(config=little) as con:
        con.execute(KEYS)
        [found] = [
            one for one in duckdb.extract_statements(ASKED.read_text())
            if "create table repeated_rows" in one.query
        ]  # fmt: skip
        con.execute(found)
        rows = con.execute("select line, row_key from repeated_rows order by line").fetchall()

    assert rows == [(5, "key 5"), (300_000, "key 5")]
