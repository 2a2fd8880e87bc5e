"""What is wrong with a delivery as a whole: nothing of it is loaded, and the reason is named."""

import codecs
import resource
import threading
import zipfile
from datetime import date

import pytest

from callsheet.erp.delivery import find_delivery
from callsheet.erp.mapping_file import load_mapping
from callsheet.errors import PullRejected

ONE = "FR01;INV-1;C1;invoice;2026-09-01;2026-10-01;EUR;100.00;100.00"


def rejection(extract):
    with pytest.raises(PullRejected) as found:
        extract.pull()
    assert not list((extract.home / "lake").glob("**/*")), "nothing is published"
    return found.value


def test_a_good_extract_is_staged(extract):
    assert extract.pull().rows_in["open_items"] == 4


def test_b001_an_empty_file_is_refused(extract):
    extract.write("items.csv", b"")
    assert rejection(extract).code == "empty_file"


def test_b002_a_header_without_rows_is_never_read_as_everything_is_paid(extract):
    extract.only_items([])
    assert rejection(extract).code == "empty_set"


def test_b002_unless_the_mapping_allows_it(extract):
    extract.only_items([])
    extract.written("open_items", allow_empty=True)
    assert extract.pull().rows_in["open_items"] == 0


def test_b004_a_file_that_is_still_growing_is_not_read(extract):
    extract.mapping["pull"] = {"stable_seconds": 0.2, "attempts": 2}
    path, stop = extract.write("items.csv", ONE), threading.Event()

    def grow():
        while not stop.wait(0.02):
            with path.open("a") as stream:
                stream.write("x")

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        assert rejection(extract).code == "not_stable"
    finally:
        stop.set()
        writer.join()


def test_b004_a_delivery_without_its_marker_is_not_read(extract):
    extract.mapping["pull"]["done_marker"] = "*.done"
    assert rejection(extract).code == "not_stable"
    extract.write("all.done", "yes")
    assert extract.pull().rows_in["open_items"] == 4


def test_b004_a_file_that_changes_while_it_is_read_is_refused(extract):
    mapping = load_mapping(extract.source.mapping)
    delivery = find_delivery(extract.source.folder, mapping, date(2026, 11, 16), now=lambda: 1e12)
    delivery.check_unmoved()
    extract.add_items("UK01;INV-9;C3;invoice;2026-10-01;2026-10-31;GBP;80.00;80.00")
    with pytest.raises(PullRejected) as found:
        delivery.check_unmoved()
    assert found.value.code == "not_stable"


def test_b007_the_wrong_delimiter_is_a_schema_mismatch(extract):
    extract.write("items.csv", (extract.folder / "extract/items.csv").read_text().replace(";", ","))
    assert rejection(extract).code == "schema_mismatch"


def test_b007_only_a_declared_delimiter_is_tried(extract):
    extract.write("items.csv", (extract.folder / "extract/items.csv").read_text().replace(";", "|"))
    extract.written("open_items", delimiter=[";", "|"])
    assert extract.pull().rows_in["open_items"] == 4


def test_b008_a_missing_column_is_named(extract):
    extract.write("items.csv", "Society;Number;Client;Kind;Issued;Currency;Total;Open\n")
    found = rejection(extract)
    assert found.code == "missing_column"
    assert "Due" in str(found)


def test_an_unknown_column_is_no_error_but_is_told(extract):
    extract.write("customers.csv", "Client;Name;Colour\nC1;Martin;red\n")
    assert extract.pull().not_read["customers"] == ("Colour",)


def test_b010_a_column_that_stands_twice_is_refused(extract):
    extract.write("items.csv", "Society;Number;Client;Kind;Issued;Due;Currency;Total;Total;Open\n")
    assert rejection(extract).code == "duplicate_column"


def test_b013_utf_16_is_read_when_it_is_declared(extract):
    text = (extract.folder / "extract/items.csv").read_text()
    extract.write("items.csv", codecs.BOM_UTF16_LE + text.encode("utf-16-le"))
    extract.written("open_items", encoding="utf-16")
    assert extract.pull().rows_in["open_items"] == 4


@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_LE, b""], ids=["with a mark", "without"])
@pytest.mark.parametrize("declared", ["utf-8", "cp1252"])
def test_b013_utf_16_that_is_not_declared_is_refused(extract, mark, declared):
    text = (extract.folder / "extract/items.csv").read_text()
    extract.write("items.csv", mark + text.encode("utf-16-le"))
    extract.written("open_items", encoding=declared)
    assert rejection(extract).code == "encoding"


def test_b014_windows_letters_in_a_file_declared_utf_8_are_refused_with_their_line(extract):
    extract.write("customers.csv", "Client;Name\nC1;Martin\nC2;Société\n".encode("cp1252"))
    found = rejection(extract)
    assert found.code == "encoding"
    assert "customers.csv, line 3" in str(found)


def test_b014_far_down_the_file_the_line_is_still_right(extract):
    good = "".join(f"C{no};Client {no}\n" for no in range(20_000))
    extract.write("customers.csv", f"Client;Name\n{good}".encode() + b"C9;Soci\xe9t\xe9\n")
    assert "line 20002" in str(rejection(extract))


def test_a_file_that_begins_with_a_utf_8_mark_is_read(extract):
    extract.write("customers.csv", codecs.BOM_UTF8 + b"Client;Name\nC1;Martin\n")
    assert extract.pull().rows_in["customers"] == 1


def test_b017_an_unclosed_quote_never_becomes_a_customer_name(extract):
    rows = "".join(f"C{no};Client {no}\n" for no in range(5_000))
    extract.write("customers.csv", f'Client;Name\nC0;"ACME SARL\n{rows}')
    assert rejection(extract).code == "quote_imbalance"


def test_b017_nor_when_a_later_quote_closes_it(extract):
    extract.write("customers.csv", 'Client;Name\nC0;"ACME SARL\nC1;Martin\nC2;"Dubois"\n')
    assert rejection(extract).code == "quote_imbalance"


def test_b017_the_trailer_finds_rows_that_a_quote_swallowed(extract):
    extract.write("customers.csv", 'Client;Name\nC0;"ACME\nC1;Martin"\nC2;Dubois\nTOTAL;3\n')
    extract.written("customers", trailer={"starts_with": "TOTAL", "count_column": 2})
    assert rejection(extract).code == "quote_imbalance"


def test_a_trailer_that_counts_more_rows_than_came_is_a_count_mismatch(extract):
    extract.write("customers.csv", "Client;Name\nC1;Martin\nTOTAL;3\n")
    extract.written("customers", trailer={"starts_with": "TOTAL", "count_column": 2})
    assert rejection(extract).code == "count_mismatch"


def test_a_file_without_its_trailer_is_truncated(extract):
    extract.write("customers.csv", "Client;Name\nC1;Martin\nC2;Du")
    extract.written("customers", trailer={"starts_with": "TOTAL", "count_column": 2})
    assert rejection(extract).code == "truncated"


def test_a_file_that_ends_in_the_middle_of_a_row_is_truncated(extract):
    extract.write("items.csv", (extract.folder / "extract/items.csv").read_bytes()[:-30])
    assert rejection(extract).code == "truncated"


def test_a_trailer_that_counts_right_is_no_row(extract):
    extract.write("customers.csv", "Client;Name\nC1;Martin\nC2;Dubois\nTOTAL;2\n")
    extract.written("customers", trailer={"starts_with": "TOTAL", "count_column": 2})
    assert extract.pull().rows_in["customers"] == 2


def test_b019_an_endless_line_is_refused_in_little_memory(extract):
    path = extract.folder / "extract/customers.csv"
    with path.open("wb") as stream:
        stream.write(b"Client;Name\nC1;")
        for _ in range(200):
            stream.write(b"x" * 1_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert rejection(extract).code == "line_too_long"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kilobytes


def test_b020_a_zip_bomb_is_not_expanded(extract):
    extract.table("customers").update(file="customers.csv.zip")
    extract.written("customers", max_expanded_mb=5)
    bomb = extract.folder / "extract/customers.csv.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("customers.csv", b"Client;Name\n" + b"C1;Martin\n" * 600_000)
    assert bomb.stat().st_size < 50_000
    assert rejection(extract).code == "archive_limit"


def test_b020_nor_a_workbook_that_expands_hugely(extract):
    extract.table("customers").update(file="customers.xlsx")
    extract.written("customers", max_expanded_mb=5)
    with zipfile.ZipFile(
        extract.folder / "extract/customers.xlsx", "w", zipfile.ZIP_DEFLATED
    ) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 6_000_000)
    assert rejection(extract).code == "archive_limit"


def test_b022_a_web_page_saved_as_csv_surfaces_the_credentials_error(extract):
    extract.write("items.csv", "<html><title>401 Unauthorized</title></html>")
    found = rejection(extract)
    assert found.code == "not_csv"
    assert "401 Unauthorized" in str(found)
    assert "credentials" in str(found)


def test_b023_a_link_that_leads_out_of_the_folder_is_refused(extract):
    secret = extract.folder / "secret.csv"
    secret.write_text("Client;Name\nC1;Martin\n")
    link = extract.folder / "extract/customers.csv"
    link.unlink()
    link.symlink_to(secret)
    assert rejection(extract).code == "file_name"


def test_b023_a_file_name_with_odd_characters_is_refused(extract):
    extract.table("customers").update(file="cust*.csv")
    (extract.folder / "extract/customers.csv").unlink()
    extract.write("cust\nomers.csv", "Client;Name\nC1;Martin\n")
    assert rejection(extract).code == "file_name"


def test_a_missing_file_is_named(extract):
    (extract.folder / "extract/items.csv").unlink()
    assert rejection(extract).code == "missing_file"


def test_a_missing_optional_file_is_fine(extract):
    (extract.folder / "extract/disputes.csv").unlink()
    extract.table("disputes")["optional"] = True
    assert extract.pull().rows_in["disputes"] == 0


def test_two_files_for_one_table_are_refused_unless_all_are_wanted(extract):
    extract.table("customers")["file"] = "customers*.csv"
    extract.write("customers_more.csv", "Client;Name\nC9;Petit\n")
    assert rejection(extract).code == "ambiguous_files"
    extract.table("customers")["files"] = "all"
    assert extract.pull().rows_in["customers"] == 5
    extract.table("customers")["files"] = "last"
    assert extract.pull().rows_in["customers"] == 1


def test_the_day_stands_in_the_file_name(extract):
    extract.table("customers")["file"] = "customers_{as_of:%Y%m%d}.csv"
    extract.write("customers_20261116.csv", "Client;Name\nC9;Petit\n")
    extract.write("customers_20261115.csv", "Client;Name\nC8;Petit\nC9;Petit\n")
    assert extract.pull().rows_in["customers"] == 1


def test_a_text_file_under_a_workbooks_name_is_unreadable(extract):
    extract.write("customers.xlsx", "<html>401</html>")
    extract.table("customers")["file"] = "customers.xlsx"
    assert rejection(extract).code == "unreadable_file"


def test_a_pull_that_waits_for_a_quiet_file_reads_it(extract):
    extract.mapping["pull"] = {"stable_seconds": 0.1}
    assert extract.pull().rows_in["open_items"] == 4
