"""What is declared is read; what is only written differently is the same value."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from openpyxl import Workbook

from callsheet.erp.mapping_file import load_mapping
from callsheet.erp.notation import amount_shape
from callsheet.errors import ConfigurationInvalid, PullRejected
from callsheet.validation.reasons import REASONS
from callsheet.validation.rules import currencies


@pytest.fixture(scope="module")
def staged_rows(read_parquet):
    return lambda staged, table: read_parquet(staged.folder / f"{table}.parquet")


def items(extract, staged_rows, *lines):
    extract.only_items(lines)
    return staged_rows(extract.pull(), "open_items")


def test_b049_spaces_that_do_not_break_a_line_are_spaces(extract, staged_rows):
    extract.written("open_items", decimal=",")
    (row,) = items(
        extract, staged_rows,
        "FR01;I;C1;invoice;2026-09-01;2026-10-01;EUR;1\u202f234,56;\u00a01\u00a0234,56 ",
    )  # fmt: skip
    assert (row["amount"], row["open_amount"]) == (Decimal("1234.560"), Decimal("1234.560"))


def test_b050_a_currency_sign_is_read_beside_the_amount(extract, staged_rows):
    (row,) = items(
        extract, staged_rows, "FR01;I;C1;invoice;2026-09-01;2026-10-01;EUR;€ 1 200;1200 EUR"
    )
    assert row["amount"] == row["open_amount"] == 1200
    assert (row["amount_currency"], row["open_amount_currency"]) == ("€", "EUR")


def test_b052_accounting_negatives_are_read_when_declared(extract, staged_rows):
    extract.written("open_items", negative=["minus", "parentheses", "trailing_minus"])
    (row,) = items(extract, staged_rows, "FR01;I;C1;credit_note;2026-09-01;;EUR;(120.00);120.00-")
    assert row["amount"] == row["open_amount"] == -120


def test_b062_days_as_excel_counts_are_read_when_declared(extract, staged_rows):
    extract.written("open_items", date="excel_serial")
    (row,) = items(extract, staged_rows, "FR01;I;C1;invoice;46023;46053;EUR;1.00;1.00")
    assert (row["issue_date"].isoformat(), row["due_date"].isoformat()) == (
        "2026-01-01",
        "2026-01-31",
    )


def test_b061_day_and_month_are_as_declared_and_never_guessed(extract, staged_rows):
    line = "FR01;I;C1;invoice;03/04/2026;05/04/2026;EUR;1.00;1.00"
    extract.written("open_items", date="%d/%m/%Y")
    (row,) = items(extract, staged_rows, line)
    assert row["issue_date"].isoformat() == "2026-04-03"
    extract.written("open_items", date="%m/%d/%Y")
    (row,) = items(extract, staged_rows, line)
    assert row["issue_date"].isoformat() == "2026-03-04"


def test_b035_one_number_in_two_companies_is_two_items(extract, staged_rows):
    rows = items(
        extract, staged_rows,
        "FR01;INV-7;C1;invoice;2026-09-01;2026-10-01;EUR;1.00;1.00",
        "UK01;INV-7;C3;invoice;2026-09-01;2026-10-01;GBP;1.00;1.00",
    )  # fmt: skip
    assert [row["item"] for row in rows] == ["FR01/INV-7", "UK01/INV-7"]


def test_ids_are_text_and_keep_their_zeros(extract, staged_rows):
    (row,) = items(
        extract, staged_rows, "FR01;0001234;C1;invoice;2026-09-01;2026-10-01;EUR;1.00;1.00"
    )
    assert row["number"] == "0001234"


def test_amounts_without_a_sign_get_it_from_the_kind(extract, staged_rows):
    extract.table("open_items")["sign"] = "by_kind"
    credit, invoice = items(
        extract, staged_rows,
        "FR01;A;C1;credit_note;2026-09-01;;EUR;10.00;10.00",
        "FR01;B;C1;invoice;2026-09-01;2026-10-01;EUR;20.00;20.00",
    )  # fmt: skip
    assert (credit["amount"], invoice["amount"]) == (-10, 20)


def test_amounts_of_the_other_convention_are_turned(extract, staged_rows):
    extract.table("open_items")["sign"] = "reversed"
    (row,) = items(
        extract, staged_rows, "FR01;A;C1;invoice;2026-09-01;2026-10-01;EUR;-10.00;-10.00"
    )
    assert row["amount"] == 10


def test_words_of_the_source_become_ours(extract, staged_rows):
    kinds = {"FA": "invoice", "AV": "credit_note"}
    extract.table("open_items")["columns"]["kind"] = {"column": "Kind", "values": kinds}
    rows = items(
        extract, staged_rows,
        "FR01;A;C1;FA;2026-09-01;2026-10-01;EUR;10.00;10.00",
        "FR01;B;C1;ZZ;2026-09-01;2026-10-01;EUR;10.00;10.00",
    )  # fmt: skip
    assert [row["kind"] for row in rows] == ["invoice", "ZZ"]
    extract.table("open_items")["columns"]["kind"]["otherwise"] = "misc"
    rows = staged_rows(extract.pull(), "open_items")
    assert [row["kind"] for row in rows] == ["invoice", "misc"]


def test_constants_joins_and_custom_fields(extract, staged_rows):
    extract.table("customers")["columns"] |= {
        "language": {"constant": "fr"},
        "name": {"join": ["'Client'", "Name"], "separator": " "},
        "custom": {"fields": {"label": "Name"}},
    }
    row = staged_rows(extract.pull(), "customers")[0]
    assert row["language"] == "fr"
    assert row["name"] == "Client Martin & Fils"
    assert row["custom"] == '{"label":"Martin & Fils"}'


def test_a_compressed_file_is_read_like_a_plain_one(extract, staged_rows):
    import gzip
    import zipfile

    text = "Client;Name\nC1;Martin\n"
    extract.write("customers.csv.gz", gzip.compress(text.encode()))
    extract.table("customers")["file"] = "customers.csv.gz"
    assert staged_rows(extract.pull(), "customers")[0]["name"] == "Martin"
    with zipfile.ZipFile(extract.folder / "extract/customers.zip", "w") as archive:
        archive.writestr("customers.csv", text)
    extract.table("customers")["file"] = "customers.zip"
    assert staged_rows(extract.pull(), "customers")[0]["name"] == "Martin"


def test_a_workbook_is_read_like_a_csv_file(extract, read_parquet):
    book = Workbook()
    sheet = book.active
    sheet.append(["Client", None, "Since", "Limit", "Name"])
    sheet.append([1234, "unnamed", date(2026, 9, 1), 1000.5, "Martin"])
    book.save(extract.folder / "extract/customers.xlsx")
    extract.table("customers")["file"] = "customers.xlsx"
    extract.written("customers", date="%d/%m/%Y", decimal=",")
    columns = extract.table("customers")["columns"]
    columns["custom"] = {"fields": {"since": "Since", "limit": "Limit"}}
    (row,) = read_parquet(extract.pull().folder / "customers.parquet")
    assert (row["customer"], row["name"]) == ("1234", "Martin")
    assert row["custom"] == '{"limit":"1000,5","since":"01/09/2026"}'


def test_a_parquet_file_is_read_like_a_csv_file(extract, read_parquet):
    with duckdb.connect() as con:
        con.sql(
            "select 'FR01' as Society, 'P-1' as Number, 'C1' as Client, 'invoice' as Kind,"
            " date '2026-09-01' as Issued, date '2026-10-01' as Due, 'EUR' as Currency,"
            " 1234.50::decimal(12, 2) as Total, 1234.50::decimal(12, 2) as Open"
        ).write_parquet(str(extract.folder / "extract/items.parquet"))
    extract.table("open_items")["file"] = "items.parquet"
    extract.written("open_items", date="%d/%m/%Y", decimal=",", thousands=".")
    (row,) = read_parquet(extract.pull().folder / "open_items.parquet")
    assert (row["due_date"], str(row["amount"])) == (date(2026, 10, 1), "1234.500")


def test_every_error_of_a_mapping_is_told_at_once_with_its_line(extract):
    path = extract.folder / "mapping.yaml"
    path.write_text(
        "mode: sometimes\n"
        "tables:\n"
        "  open_items:\n"
        "    file: ../items.csv\n"
        "    colums: {}\n"
        "  customers:\n"
        "    file: customers.csv\n"
        "    columns: {customer: {column: A, constant: B}}\n"
    )
    with pytest.raises(ConfigurationInvalid) as found:
        load_mapping(path)
    message = str(found.value)
    for part in ("line 1", "mode", "line 5", "unknown key", "line 8", "exactly one of column"):
        assert part in message


def test_a_mapping_without_a_needed_column_or_with_an_unknown_one_is_refused(extract):
    del extract.table("open_items")["columns"]["kind"]
    extract.table("customers")["columns"]["nickname"] = "Name"
    with pytest.raises(ConfigurationInvalid) as found:
        load_mapping(extract.source.mapping)
    assert "open_items needs kind" in str(found.value)
    assert "customers has no column nickname" in str(found.value)


def test_a_key_written_twice_is_refused(extract):
    path = extract.folder / "mapping.yaml"
    path.write_text("mode: stock\nmode: delta\ntables: {}\n")
    with pytest.raises(ConfigurationInvalid, match="twice"):
        load_mapping(path)


def test_nothing_is_pulled_from_a_folder_that_is_not_there(extract):
    source = extract.source.model_copy(update={"folder": extract.folder / "nowhere"})
    with pytest.raises(PullRejected) as found:
        extract.pull_from(source)
    assert found.value.code == "missing_file"


def test_every_currency_of_today_and_none_of_yesterday():
    known = dict(currencies())
    assert known["EUR"] == 2
    assert known["JPY"] == 0
    assert known["TND"] == 3
    assert not {"XXX", "XTS", "FRF", "DEM", "EURO"} & set(known)
    assert 150 < len(known) < 170


@pytest.mark.parametrize(
    ("written", "decimal", "thousands", "is_amount"),
    [
        ("1 234,56", ",", "", True),
        ("1.234,56", ",", ".", True),
        ("1.234,56", ",", "", False),
        ("1234", ",", "", True),
        ("12 34,56", ",", " ", False),
        ("1'234.50", ".", "'", True),
        ("1,5", ".", "", False),
    ],
)
def test_an_amount_has_the_declared_shape(written, decimal, thousands, is_amount):
    with duckdb.connect() as con:
        shape = amount_shape(decimal, thousands)
        row = con.execute("select regexp_full_match($w, $s)", {"w": written, "s": shape}).fetchone()
    assert row == (is_amount,)


def test_the_page_about_extracts_names_every_reason_a_row_is_set_aside_for():
    page = (Path(__file__).parents[2] / "docs" / "your-extract.md").read_text()
    assert [r.code for r in REASONS if f"| `{r.code}` | {r.says} | {r.do} |" not in page] == []
