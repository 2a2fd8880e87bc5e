"""Any day out of one extract with history; and the page that says what came in."""

from datetime import date, timedelta

import pytest

from callsheet.validation.report import as_markdown

MONDAY = date(2026, 11, 16)
TUESDAY = date(2026, 11, 17)

HISTORY = (
    "Number;Client;Issued;Due;Total;Settled\n"
    "A;C1;2026-10-01;2026-10-31;100.00;2026-11-16\n"
    "B;C1;2026-10-01;2026-10-31;50.00;\n"
    "C;C2;2026-11-17;2026-12-31;70.00;\n"
)


@pytest.fixture
def history(extract):
    extract.mapping["entities"] = ["FR01"]
    extract.mapping["tables"] = {
        "entities": extract.table("entities"),
        "open_items": {
            "file": "items.csv",
            "open_when": {"issued": "Issued", "settled": "Settled"},
            "columns": {
                "customer": "Client", "number": "Number", "kind": {"constant": "invoice"},
                "issue_date": "Issued", "due_date": "Due", "currency": {"constant": "EUR"},
                "amount": "Total",
            },
        },
    }  # fmt: skip
    extract.table("entities")["rows"] = extract.table("entities")["rows"][:1]
    extract.write("items.csv", HISTORY)
    return extract


def test_an_extract_with_history_gives_every_day_from_one_validation(history):
    validated = history.validate(reasons=(), as_of=MONDAY - timedelta(days=1))
    open_on, paid_by = {}, {}
    for day in (date(2026, 11, 15), MONDAY, TUESDAY):
        ref = history.publish(validated, as_of=day)
        open_on[day] = [row["item"] for row in history.seen("open_items", ref)]
        paid_by[day] = [(r["item"], r["paid_on"]) for r in history.seen("payments", ref)]
    assert open_on == {
        date(2026, 11, 15): ["FR01/A", "FR01/B"],
        MONDAY: ["FR01/B"],
        TUESDAY: ["FR01/B", "FR01/C"],
    }
    assert paid_by[MONDAY] == paid_by[TUESDAY] == [("FR01/A", MONDAY)]
    assert history.publish(validated, as_of=TUESDAY).on_day == TUESDAY
    assert history.fetched("select count(*) from snapshot") == [(3,)]


def test_the_report_says_what_came_in_what_was_set_aside_and_what_to_do(extract):
    extract.write("customers.csv", "Client;Name;Colour\nC1;<img src=x>;red\nC2;B;\nC3;C;\nC4;D;\n")
    extract.add_items(
        "FR01;INV-9;C3;invoice;2026-09-01;;EUR;5.00;5.00;<img src=x>|`",
        "FR01;INV-8;C3;invoice;2026-09-01;;EUR;5.00;5.00",
    )
    validated = extract.validate()
    page, text = validated.report.read_text(), as_markdown(validated)
    for part in ("no_due_date", "field_count", "INV-8", "give it a due date", "C3"):
        assert part in page
        assert part.replace("_", "\\_") in text or part in text
    assert "Colour" in page
    assert "<img" not in page + text
    assert "INV-9" not in page, "a row of another width may hold a name anywhere"
    assert "http" not in page, "no file from elsewhere"
