"""Receivables out of a database: read-only, by pages, and refused when they cannot be trusted."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from callsheet.errors import ConfigurationInvalid, PullRejected


def rejection(declared):
    with pytest.raises(PullRejected) as found:
        declared.pull()
    return found.value


@pytest.mark.parametrize("paging", ["auto", "key"])
def test_open_items_come_in_page_by_page_in_our_words(ledger, staged_rows, paging):
    told = []
    ledger.declared.content["erp"]["paging"] = paging

    staged = ledger.declared.pull(progress=lambda table, rows: told.append((table, rows)))

    found = [(r["item"], r["kind"], r["currency"], r["open_amount"]) for r in staged_rows(staged)]
    assert found == [
        ("1", "invoice", "EUR", Decimal("100.000")),
        ("2", "invoice", "EUR", Decimal("50.500")),
        ("3", "invoice", "USD", Decimal("80.000")),
        ("4", "credit_note", "USD", Decimal("-10.000")),
    ]
    assert ("open_items", 2) in told
    assert ("open_items", 4) in told


@pytest.mark.parametrize("ledger", ["sqlite"], indirect=True)
def test_every_row_of_a_database_is_judged_like_one_of_a_file(ledger):
    ledger.add((6, "D9", "RE-9", "RE", "2026-09-01", "2026-10-01", "EUR", "5.00", "5.00"))

    validated = ledger.declared.validate()

    assert validated.by_code == {"unknown_customer": 1}
    assert validated.counts["open_items"].loaded == 4


def test_only_what_changed_is_read_and_what_was_settled_comes_with_nothing_open(
    ledger, staged_rows
):
    ledger.execute("update receivable set rest = 0, touched = '2026-11-19 23:00:00' where id = 1")

    staged = ledger.declared.pull(since=datetime(2026, 11, 19, 22, tzinfo=UTC))

    assert [(r["item"], r["open_amount"]) for r in staged_rows(staged)] == [("1", 0)]
    assert (staged.mode, staged.mapping.mode_of("customers")) == ("delta", "stock")


def test_a_key_that_is_not_unique_loses_rows_so_the_pull_is_refused(ledger):
    ledger.declared.content["tables"]["open_items"]["key"] = "debtor"
    ledger.declared.content["erp"] |= {"page_rows": 1, "paging": "key"}

    assert rejection(ledger.declared).code == "count_mismatch"


def test_a_query_that_writes_is_refused_by_the_database_itself(ledger):
    query = ledger.declared.folder / "customers.sql"
    if ledger.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has no select that writes")
    ledger.execute("create sequence visits")
    query.write_text("select code, nextval('visits')::text as title from debtor")

    assert rejection(ledger.declared).code == "query_failed"
    query.write_text("select code, title from debtor")
    assert ledger.declared.pull().rows_in["customers"] == 2


@pytest.mark.parametrize("text", ["delete from debtor", "select 1; drop table debtor"])
def test_a_file_that_holds_anything_but_one_select_is_not_run(ledger, text):
    (ledger.declared.folder / "customers.sql").write_text(text)

    with pytest.raises(ConfigurationInvalid, match="not one single select"):
        ledger.declared.pull()


def test_a_query_outside_the_folder_of_the_source_is_not_opened(ledger):
    ledger.declared.content["tables"]["customers"]["query"] = "../customers.sql"

    with pytest.raises(ConfigurationInvalid, match="beside"):
        ledger.declared.pull()


def test_a_query_that_never_ends_is_broken_off(ledger):
    if ledger.engine.dialect.name == "sqlite":
        pytest.skip("SQLite cannot be told how long a statement may take")
    ledger.declared.content["erp"]["timeout_seconds"] = 0.2
    (ledger.declared.folder / "customers.sql").write_text(
        "select code, title || pg_sleep(60)::text as title from debtor"
    )

    assert rejection(ledger.declared).code == "unavailable"


def test_a_database_that_is_not_there_is_unavailable_and_no_password_is_told(declare):
    declared = declare(
        {
            "erp": {"kind": "sql", "url": "postgresql+psycopg://reader@127.0.0.1:1/ledger"},
            "tables": {"customers": {"query": "c.sql", "columns": {"customer": "a", "name": "b"}}},
        },
        erp="hush-hush",
    )
    (declared.folder / "c.sql").write_text("select a, b from c")

    refused = rejection(declared)

    assert refused.code == "unavailable"
    assert "reader:***@127.0.0.1" in str(refused)
    assert "hush-hush" not in str(refused)


def test_a_password_in_the_file_is_refused(declare):
    declared = declare(
        {
            "erp": {"kind": "sql", "url": "postgresql+psycopg://reader:hush-hush@host/ledger"},
            "tables": {"customers": {"query": "c.sql", "columns": {"customer": "a", "name": "b"}}},
        }
    )

    with pytest.raises(ConfigurationInvalid) as refused:
        declared.pull()

    assert "hush-hush" not in str(refused.value)
    assert "CALLSHEET_SECRETS__" in str(refused.value)


def test_a_column_that_the_query_does_not_give_is_named(ledger):
    (ledger.declared.folder / "customers.sql").write_text("select code, mail from debtor")

    refused = rejection(ledger.declared)

    assert (refused.code, "title" in str(refused)) == ("missing_column", True)


def test_no_row_at_all_is_never_read_as_everything_is_paid(ledger):
    ledger.execute("update receivable set rest = 0")

    assert rejection(ledger.declared).code == "empty_set"
