"""Analysts' copies: the views as they are, replaced whole, and no cell that a spreadsheet runs."""

import csv
import json
from datetime import UTC, date, datetime

import pyarrow.parquet as pq
import pytest

from callsheet.errors import UsageInvalid
from callsheet.history import NewEvent, record
from callsheet.store.export import export_views
from callsheet.store.tables import Action
from callsheet.store.warehouse import Warehouse
from callsheet.store.warehouse_schema import VIEWS

DAY = date(2026, 3, 2)


@pytest.fixture
def warehouse(settings_of_engine):
    warehouse = Warehouse.of(settings_of_engine)
    with warehouse.transaction() as tx:
        tx.add(
            Action(
                action_id="a-1", unit="C1|FR", customer="C1", entity="FR", shard=1,
                origin="scenario", leader="F-1", leader_due=DAY, run="F-1", scenario="s",
                step="p", step_title="=cmd|' /C calc'!A0", step_day=-10, channel="phone",
                mode="manual", planned_on=DAY,
            )
        )  # fmt: skip
        moment = datetime(2026, 3, 2, 6, 30, tzinfo=UTC)
        record(tx, [NewEvent("a-1", 1, "action", DAY, moment, "@anne", "planned", customer="C1")])
    return warehouse


def test_every_view_is_exported_as_it_reads(warehouse, tmp_path):
    with warehouse.reading() as tx:
        exported = export_views(tx, tmp_path / "copy")
        for name in VIEWS:
            rows = pq.read_table(tmp_path / "copy" / f"{name}.parquet")
            assert rows.num_rows == exported.rows[name]
            assert rows.to_pylist() == tx.arrow(f"select * from {name}").to_pylist()
    manifest = json.loads((tmp_path / "copy" / "manifest.json").read_text())
    assert manifest["through_seq"] == 1


def test_a_cell_that_looks_like_a_formula_is_defused_and_a_number_stays_one(warehouse, tmp_path):
    with warehouse.reading() as tx:
        export_views(tx, tmp_path, as_csv=True)
    with (tmp_path / "action_history.csv").open(newline="", encoding="utf-8") as file:
        [row] = csv.DictReader(file)

    assert row["step_title"] == "'=cmd|' /C calc'!A0"
    assert row["author"] == "'@anne"
    assert row["step_day"] == "-10"


def test_an_export_replaces_the_last_one_and_leaves_nothing_beside_it(warehouse, tmp_path):
    with warehouse.reading() as tx:
        export_views(tx, tmp_path)
        export_views(tx, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} >= {"manifest.json", "decisions.parquet"}
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_file_in_the_place_of_the_folder_is_refused(warehouse, tmp_path):
    (tmp_path / "copy").write_text("")
    with warehouse.reading() as tx, pytest.raises(UsageInvalid, match="is a file"):
        export_views(tx, tmp_path / "copy")
