"""What is known of a person stays out of keys, reports, refusals, logs and the terminal."""

import logging
import zipfile
from datetime import UTC, datetime

import pytest
import yaml
from openpyxl import Workbook
from typer.testing import CliRunner

from callsheet import day
from callsheet.errors import PullRejected
from callsheet.settings import Settings
from callsheet.terminal import set_aside, source, status
from callsheet.validation.report import as_markdown

from .conftest import TODAY

PERSON, EMAIL, PHONE = "Zéphyrine Quatrevaux", "z.quatrevaux@lilas.example", "+33 4 77 12 34 99"
STREET, WORDS = "17 impasse des Lilas", "asked for peace since her divorce"
CANARIES = (PERSON, "Quatrevaux", EMAIL, "lilas", PHONE, "12 34 99", STREET, WORDS)
CONTACTS = f"C4;{PERSON};{EMAIL};{PHONE};yes\n"
BAD_CONTACTS = (
    f"C4;{PERSON};{EMAIL}, other@lilas.example;;no\n"  # two addresses in one field
    f"C4;{PERSON};é.{EMAIL};;no\n"
    f"C4;{PERSON};;{PHONE} {PERSON};no\n"
    f"C4;;;;{PERSON}\n"  # shifted: a name for a yes or a no
    f"C4;{PERSON};{EMAIL};{PHONE};no\n"  # the same key, another thing said
    f"{PERSON};{EMAIL};more;and;more;still\n"
)
BAD_ADDRESSES = f"C4;billing;{PERSON};{STREET}\nC4;billing;{PERSON};{STREET} bis\nC4;{STREET}\n"


def told(canary_in):
    return {canary for canary in CANARIES if canary in canary_in}


@pytest.fixture
def company(extract):
    """An extract that says much of one person; the key of a contact is made, not delivered."""
    extract.write("contacts.csv", f"Client;Who;Mail;Phone;Main\n{CONTACTS}{BAD_CONTACTS}")
    extract.table("contacts")["columns"] = {
        "customer": "Client", "role": {"constant": "accounting"}, "name": "Who", "email": "Mail",
        "phone": "Phone", "is_collection": "Main",
    }  # fmt: skip
    extract.write("addresses.csv", f"Client;Kind;Name;Street\n{BAD_ADDRESSES}")
    columns = {"customer": "Client", "kind": "Kind", "name": "Name", "line1": "Street"}
    extract.mapping["tables"]["addresses"] = {"file": "addresses.csv", "columns": columns}
    extract.write("disputes.csv", f"Id;Client;Item;Since;Why\nD1;C2;NONE;2026-11-02;{WORDS}\n")
    return extract


@pytest.fixture
def settings(company):
    return Settings(environment="test", home=company.home, sources=(company.source,))


@pytest.fixture
def typed(company, settings):
    """Type a command; return all that it shows, its exception included."""
    file = company.folder / "callsheet.yaml"
    [one] = settings.sources
    sources = [{"name": "erp", "folder": str(one.folder), "mapping": str(one.mapping)}]
    file.write_text(
        yaml.safe_dump({"environment": "test", "home": str(company.home), "sources": sources})
    )

    def type_(app, *words):
        done = CliRunner().invoke(app, [*words, "--settings", str(file)])
        return f"{done.output} {done.exception!r}"

    return type_


def test_a_validation_says_nothing_of_a_person_but_in_sealed_rows(
    company, settings, typed, caplog, read_parquet
):
    caplog.set_level(logging.DEBUG)
    checked = typed(source.app, "source", "check", "erp")
    checked += typed(source.app, "source", "check", "erp", "--json")
    validated = company.validate()
    company.publish(validated)
    shown = {
        "the report": validated.report.read_text(),
        "the artifact": as_markdown(validated),
        "the check of the source": checked,
        "the status": typed(status.app, "status"),
        "the log": caplog.text,
        "what was set aside": str(read_parquet(validated.folder / "quarantine.parquet")),
        "the contacts": str(read_parquet(validated.folder / "contacts.parquet")),
        "the addresses": str(read_parquet(validated.folder / "addresses.parquet")),
        "the history": str(company.fetched("select * from event")),
        "the warehouse": str(company.fetched("select * from quarantine")),
    }

    assert validated.counts["contacts"].quarantined >= 5
    assert "C4" in shown["the report"], "an account is named"
    assert {place: found for place, text in shown.items() if (found := told(text))} == {}
    assert told(typed(set_aside.app, "--json")) >= {PERSON, EMAIL, STREET}, "the search finds"


def no_header(company):
    company.write("contacts.csv", CONTACTS)


def another_delimiter_and_no_header(company):
    company.write("contacts.csv", CONTACTS.replace(";", "|"))


def an_open_quote(company):
    company.write("contacts.csv", f'Client;Who;Mail;Phone;Main\nC4;"{PERSON};{EMAIL};{PHONE};yes\n')


def words_behind_a_quote(company):
    company.write("contacts.csv", f'Client;Who;Mail;Phone;Main\nC4;"{PERSON}" {WORDS};;;yes\n')


def cut_in_a_row(company):
    company.write("contacts.csv", f"Client;Who;Mail;Phone;Main\nC4;{PERSON};{EMAIL}")


def letters_of_windows(company):
    company.write("contacts.csv", f"Client;Who;Mail;Phone;Main\n{CONTACTS}".encode("cp1252"))


def a_long_line(company):
    company.write("contacts.csv", f"Client;Who;Mail;Phone;Main\nC4;{PERSON * 90_000};;;yes\n")


def a_workbook_with_a_name_for_a_number(company):
    book = Workbook()
    for row in (["Client", "Who", "Mail", "Phone", "Main"], ["C4", 7, EMAIL, PHONE, "yes"]):
        book.active.append(row)
    path = company.folder / "extract" / "contacts.xlsx"
    book.save(path)
    replace_in_workbook(path, b"<v>7</v>", f"<v>{PERSON}</v>".encode())
    company.table("contacts")["file"] = "contacts.xlsx"


def replace_in_workbook(path, before, after):
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content.replace(before, after))


SPOILT = (
    no_header, another_delimiter_and_no_header, an_open_quote, words_behind_a_quote, cut_in_a_row,
    letters_of_windows, a_long_line, a_workbook_with_a_name_for_a_number,
)  # fmt: skip


@pytest.mark.parametrize("spoil", SPOILT, ids=lambda one: one.__name__.replace("_", " "))
def test_a_refusal_repeats_nothing_of_what_was_delivered(spoil, company, settings, typed, caplog):
    caplog.set_level(logging.DEBUG)
    spoil(company)
    with pytest.raises(PullRejected) as refused:
        company.pull()
    [erp] = settings.sources
    assert day.receive(settings, erp, TODAY, datetime(2026, 11, 16, 6, tzinfo=UTC)) is None
    shown = {
        "the message": str(refused.value),
        "the log": caplog.text,
        "the history": str(company.fetched("select * from event")),
        "the terminal": typed(source.app, "source", "check", "erp"),
    }

    assert refused.value.code in shown["the history"]
    assert {place: found for place, text in shown.items() if (found := told(text))} == {}
