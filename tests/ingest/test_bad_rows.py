"""A bad row is set aside with its reason, all others are loaded. One reason, one expectation."""

import pytest

from callsheet.validation.judge import CheckNotRun, judge
from callsheet.validation.reasons import REASONS, Reason
from callsheet.validation.sorting import engine_over, laid_out
from callsheet.validation.validated import SnapshotFiles

DAY_BEFORE = (
    *(f"FR01;OLD-{no};C4;invoice;2026-09-01;2026-10-01;EUR;100.00;100.00" for no in range(1, 4)),
    "FR01;MOVED-1;C4;invoice;2026-09-01;2026-10-01;EUR;100.00;100.00",
)
PAID_BEFORE = (
    "Society;Number;Client;Kind;Currency;Total;Paid\nFR01;PAID-1;C4;invoice;EUR;100;2026-11-01\n"
)

# What the catalogue of bad inputs says of rows, and what we add to it: the row, and its reason.
BAD_ITEMS = {
    "B032 no number": ("FR01;;C4;invoice;2026-09-01;2026-10-01;EUR;1.00;1.00", "no_invoice_id"),
    "B034 the same number, 100.00": (
        "FR01;TWICE;C4;invoice;2026-09-01;2026-10-01;EUR;100.00;100.00",
        "conflicting_duplicate",
    ),
    "B034 the same number, 120.00": (
        "FR01;TWICE;C4;invoice;2026-09-01;2026-10-01;EUR;120.00;120.00",
        "conflicting_duplicate",
    ),
    "B038 an id in scientific notation": (
        "FR01;1.23E+15;C4;invoice;2026-09-01;2026-10-01;EUR;1.00;1.00",
        "id_format",
    ),
    "B044 a negative invoice": (
        "FR01;NEG;C4;invoice;2026-09-01;2026-10-01;EUR;-120.00;-120.00",
        "negative_amount",
    ),
    "a positive credit note": (
        "FR01;POS;C4;credit_note;2026-09-01;;EUR;120.00;120.00",
        "positive_credit",
    ),
    "B047 an absurd amount": (
        "FR01;BIG;C4;invoice;2026-09-01;2026-10-01;EUR;999999999999.99;1.00",
        "amount_range",
    ),
    "B047 ten times the customer's largest": (
        "FR01;TEN;C4;invoice;2026-09-01;2026-10-01;EUR;2000000.00;1.00",
        "amount_range",
    ),
    "B050 text for an amount": (
        "FR01;TBC;C4;invoice;2026-09-01;2026-10-01;EUR;TBC;1.00",
        "amount_format",
    ),
    "B050 another currency beside the amount": (
        "FR01;SIGN;C4;invoice;2026-09-01;2026-10-01;USD;€ 1 200.00;1.00",
        "currency",
    ),
    "B052 an accounting negative in brackets": (
        "FR01;BRACKETS;C4;misc;2026-09-01;2026-10-01;EUR;(120.00);-1.00",
        "amount_format",
    ),
    "B052 an accounting negative behind": (
        "FR01;BEHIND;C4;misc;2026-09-01;2026-10-01;EUR;120.00-;-1.00",
        "amount_format",
    ),
    "B053 more decimals than the euro has": (
        "FR01;PREC;C4;invoice;2026-09-01;2026-10-01;EUR;100.005;100.00",
        "amount_precision",
    ),
    "B053 decimals where the yen has none": (
        "FR01;YEN;C4;invoice;2026-09-01;2026-10-01;JPY;100.50;100",
        "amount_precision",
    ),
    "B055 open for more than its total": (
        "FR01;OVER;C4;invoice;2026-09-01;2026-10-01;EUR;100.00;150.00",
        "inconsistent_amount",
    ),
    "B056 no currency": (
        "FR01;CUR1;C4;invoice;2026-09-01;2026-10-01;;1.00;1.00",
        "currency",
    ),
    "B056 the currency XXX": (
        "FR01;CUR2;C4;invoice;2026-09-01;2026-10-01;XXX;1.00;1.00",
        "currency",
    ),
    "B056 the currency EURO": (
        "FR01;CUR3;C4;invoice;2026-09-01;2026-10-01;EURO;1.00;1.00",
        "currency",
    ),
    "B059 an invoice without a due date": (
        "FR01;NODUE;C4;invoice;2026-09-01;;EUR;1.00;1.00",
        "no_due_date",
    ),
    "B061 a day in another format": (
        "FR01;DMY;C4;invoice;2026-09-01;13/04/2026;EUR;1.00;1.00",
        "date_format",
    ),
    "B062 a day as Excel counts": (
        "FR01;SERIAL;C4;invoice;46023;2026-10-01;EUR;1.00;1.00",
        "date_format",
    ),
    "B064 a day in 1900": (
        "FR01;PAST;C4;invoice;1900-01-01;2026-10-01;EUR;1.00;1.00",
        "date_range",
    ),
    "B064 a day in 2099": (
        "FR01;FUTURE;C4;invoice;2026-09-01;2099-12-31;EUR;1.00;1.00",
        "date_range",
    ),
    "B065 due before it was issued": (
        "FR01;EARLY;C4;invoice;2026-05-10;2026-05-01;EUR;1.00;1.00",
        "due_before_issue",
    ),
    "B016 a NUL inside a field": (
        "FR01;A\0B;C4;invoice;2026-09-01;2026-10-01;EUR;1.00;1.00",
        "control_char",
    ),
    "B076 a line separator": (
        "FR01;A\u2028B;C4;invoice;2026-09-01;2026-10-01;EUR;1.00;1.00",
        "control_char",
    ),
    "B014 a replacement character": (
        "FR01;A\ufffdB;C4;invoice;2026-09-01;2026-10-01;EUR;1.00;1.00",
        "control_char",
    ),
    "B040 another customer than the day before": (
        "FR01;MOVED-1;C3;invoice;2026-09-01;2026-10-01;EUR;100.00;100.00",
        "owner_changed",
    ),
    "B043 open again after it was paid": (
        "FR01;PAID-1;C4;invoice;2026-09-01;2026-10-01;EUR;100.00;100.00",
        "reopened",
    ),
    "a customer nobody delivered": (
        "FR01;ORPHAN;C99;invoice;2026-09-01;2026-10-01;EUR;1.00;1.00",
        "unknown_customer",
    ),
    "no customer": ("FR01;NOBODY;;invoice;2026-09-01;2026-10-01;EUR;1.00;1.00", "missing_value"),
    "an entity of another group": (
        "DE09;ORPHAN;C4;invoice;2026-09-01;2026-10-01;EUR;1.00;1.00",
        "unknown_entity",
    ),
    "a kind nobody knows": (
        "FR01;KIND;C4;facture;2026-09-01;2026-10-01;EUR;1.00;1.00",
        "unknown_kind",
    ),
    "a row with a field too many": (
        "FR01;WIDE;C4;invoice;2026-09-01;2026-10-01;EUR;1.00;1.00;more",
        "field_count",
    ),
}
BAD_CONTACTS = {
    "B074 two addresses in one field": ("C4;a@b.example, x@y.example;;no", "email_format"),
    "no address at all": ("C4x;nobody;;no", "email_format"),
    "B077 a zero-width character": ("C4y;a@b.example\u200b;;no", "address_unicode"),
    "B077 a letter that only looks right": ("C4z;a@\u0430cme.example;;no", "address_unicode"),
    "a number that cannot be dialled": ("C4p;;ask Paul;no", "phone_format"),
    "a yes-or-no that is neither": ("C4f;;;perhaps", "flag_format"),
}
GOOD_FILLERS = [
    f"FR01;FILL-{no};C1;invoice;2026-09-01;2026-10-01;EUR;100.00;100.00" for no in range(400)
]


def spoiled(extract):
    """An extract in which every kind of bad row stands once among many good ones."""
    extract.only_items([*GOOD_FILLERS, *(row for row, _ in BAD_ITEMS.values())])
    contacts = "".join(f"{row}\n" for row, _ in BAD_CONTACTS.values())
    # Every contact of the file belongs to a delivered customer: its own id is another column.
    extract.table("contacts")["columns"] |= {"contact": "Id"}
    lines = [f"{no};{line}" for no, line in enumerate(contacts.splitlines())]
    lines = [line.replace("C4x", "C4").replace("C4y", "C4").replace("C4z", "C4") for line in lines]
    lines = [line.replace("C4p", "C4").replace("C4f", "C4") for line in lines]
    extract.write("contacts.csv", "Id;Client;Mail;Phone;Main\n" + "\n".join(lines) + "\n")
    extract.write("disputes.csv", "Id;Client;Item;Since\nD1;C2;FR01/NEVER-SEEN;2026-11-02\n")
    zones = extract.table("entities")["rows"]
    extract.table("entities")["rows"] = [
        *zones,
        zones[0] | {"entity": "XX01", "time_zone": "Mars"},
        zones[0] | {"entity": "XX02", "calendar": "ATLANTIS"},
    ]
    return extract


def the_day_before(extract):
    """What was published the day before: items that C4 owns, and one that C4 has paid."""
    extract.only_items([*GOOD_FILLERS[:5], *DAY_BEFORE])
    extract.write("disputes.csv", "Id;Client;Item;Since\nD1;C4;FR01/OLD-1;2026-11-02\n")
    extract.write("paid.csv", PAID_BEFORE)
    extract.table("open_items")["amount_range"] = {"most": 1_000_000_000}
    extract.mapping["tables"]["payments"] = {
        "file": "paid.csv",
        "columns": {
            "entity": "Society", "number": "Number", "customer": "Client", "kind": "Kind",
            "currency": "Currency", "amount": "Total", "paid_on": "Paid",
        },
    }  # fmt: skip
    validated = extract.validate()
    assert validated.quarantined == 0
    folder = validated.folder.rename(extract.folder / "before")
    return SnapshotFiles("before", validated.staged.as_of, folder)


@pytest.fixture(scope="module")
def judged(new_extract):
    extract = new_extract()
    previous = the_day_before(extract)
    extract.write("paid.csv", PAID_BEFORE.splitlines()[0] + "\n")
    extract.table("payments")["written"] = {"allow_empty": True}
    return spoiled(extract).validate(previous)


@pytest.fixture(scope="module")
def aside(judged, read_rows):
    return read_rows(judged, "quarantine")


@pytest.mark.parametrize("name", BAD_ITEMS)
def test_a_bad_item_is_set_aside_for_its_reason_alone(name, aside):
    row, code = BAD_ITEMS[name]
    assert [found["code"] for found in aside if found["raw"] == row] == [code]


@pytest.mark.parametrize("name", BAD_CONTACTS)
def test_a_bad_contact_is_set_aside_for_its_reason_alone(name, aside):
    row, code = BAD_CONTACTS[name]
    no = list(BAD_CONTACTS).index(name)
    found = [f for f in aside if f["table_name"] == "contacts" and f["line"] == no + 2]
    assert [f["code"] for f in found] == [code]
    assert not any(part and part in found[0]["found"] for part in row.split(";")[1:3])


def test_a_dispute_on_an_unknown_item_and_an_entity_on_mars_are_set_aside(aside):
    found = {(f["table_name"], f["code"], f["found"]) for f in aside}
    assert ("disputes", "unknown_item") in {(table, code) for table, code, _ in found}
    assert ("entities", "time_zone", "Mars FR") in found
    assert ("entities", "time_zone", "Europe/Paris ATLANTIS") in found, "it would stop the day"


def test_every_reason_code_is_given_here(judged):
    assert set(judged.by_code) == {reason.code for reason in REASONS}


def test_the_good_rows_are_loaded_and_the_counts_add_up(judged):
    for counts in judged.counts.values():
        assert counts.rows_in == counts.loaded + counts.duplicates + counts.quarantined
    assert judged.counts["open_items"].loaded == len(GOOD_FILLERS)
    assert judged.counts["open_items"].quarantined == len(BAD_ITEMS)


def test_a_row_that_was_good_before_keeps_that_version_with_a_mark(judged, read_rows):
    kept = [row for row in read_rows(judged, "open_items") if row["mark"] == "kept"]
    assert [(row["item"], row["customer"]) for row in kept] == [("FR01/MOVED-1", "C4")]


def test_both_owners_of_a_moved_item_wait(aside):
    moved = [row for row in aside if row["code"] == "owner_changed"]
    assert {row["customer"] for row in moved} == {"C3"}
    assert {row["owner_before"] for row in moved} == {"C4"}


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize("removed", [0, 1])
def test_without_its_expectation_a_reason_is_never_given(judged, place, removed):
    """Half of the expectations are removed at a time, every two are told apart by some half."""
    left = [reason for no, reason in enumerate(REASONS) if (no >> place) & 1 != removed]
    with laid_out(judged.staged, judged.previous) as con:
        judge(engine_over(con), con, left)
        given = {code for (code,) in con.execute("select distinct code from faults").fetchall()}
    assert given == {reason.code for reason in left}


class Misspelt(Reason):
    """A question that cannot be answered."""

    question = "select no_such_column from days"


def test_a_check_that_did_not_run_is_an_error(judged):
    misspelt = Misspelt(code="date_range", suite="dates", batch="days", says="", do="")
    with laid_out(judged.staged, judged.previous) as con, pytest.raises(CheckNotRun):
        judge(engine_over(con), con, [misspelt])
