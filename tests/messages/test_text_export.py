"""CSV for spreadsheets: no cell is a formula, and what is read back is what was written."""

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from callsheet.store.text_export import as_cell, defused, write_csv


@pytest.mark.parametrize(
    "text",
    ["=cmd|'/c calc'!A1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0@x", "＝1"],
)
def test_a_text_that_a_spreadsheet_would_run_is_defused(text: str):
    assert defused(text) == f"'{text}"


@pytest.mark.parametrize("text", ["ACME", "F-2026", "a=b", "", "'quoted'", "1 + 1"])
def test_an_ordinary_text_is_left_alone(text: str):
    assert defused(text) == text


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (Decimal("-12.50"), "-12.50"),
        (Decimal("1E+3"), "1000"),
        (-7, "-7"),
        (True, "true"),
        (None, ""),
        (date(2026, 1, 31), "2026-01-31"),
        ("-12.50", "'-12.50"),
    ],
)
def test_numbers_stay_numbers(value: Any, cell: str):
    assert as_cell(value) == cell


def test_delimiters_quotes_and_new_lines_come_back_equal():
    rows = [['ACME; "X"\nY', "a,b", 'c"d', "e\r\nf", "", " g "], ["é€", "x", "", "", "", "h;i"]]
    file = io.StringIO(newline="")

    count = write_csv(file, ["a", "b", "c", "d", "e", "f"], rows)

    assert count == 2
    assert list(csv.reader(io.StringIO(file.getvalue(), newline="")))[1:] == rows
    assert file.getvalue().endswith("\r\n")


def test_a_hostile_column_name_is_defused_too():
    file = io.StringIO(newline="")

    write_csv(file, ["=A1"], [["x"]])

    assert file.getvalue() == "'=A1\r\nx\r\n"
