"""A service that gives JSON: believed only when its pages, its counts and its address add up."""

import json
import threading
from datetime import UTC, date, datetime
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest

from callsheet.erp.account import open_items_now
from callsheet.erp.mapping_file import load_mapping
from callsheet.errors import PullRejected

ENTITY = {
    "entity": "ACME", "name": "Acme SA", "currency": "EUR", "time_zone": "Europe/Paris",
    "calendar": "FR",
}  # fmt: skip
DECLARED = {
    "entities": ["ACME"],
    "erp": {
        "kind": "rest", "url": "", "allow_private": True, "rows": "data.items",
        "total": "data.total", "secret": "token", "since_parameter": "changed_since",
        "customer_parameter": "customer",
        "pages": {"by": "page", "size": 2, "size_parameter": "per_page"},
    },
    "tables": {
        "entities": {"rows": [ENTITY]},
        "customers": {"path": "customers", "columns": {"customer": "id", "name": "title"}},
        "open_items": {
            "path": "invoices",
            "columns": {
                "item": "id", "customer": "customer.id", "number": "number",
                "kind": {"constant": "invoice"}, "issue_date": "issued", "due_date": "due",
                "currency": "currency", "amount": "total", "open_amount": "open",
            },
        },
    },
}  # fmt: skip
CUSTOMERS = [{"id": "C1", "title": "Martin"}, {"id": "C2", "title": "Dubois"}]
INVOICES = [
    {
        "id": no, "customer": {"id": f"C{1 + no % 2}"}, "number": f"F-{no}", "currency": "EUR",
        "issued": "2026-09-01", "due": "2026-10-01", "total": 100.1 * no, "open": 0.1 + no,
        "changed": f"2026-11-{10 + no:02}T00:00:00Z",
    }
    for no in range(1, 6)
]  # fmt: skip
TOKEN = "the-token"
TODAY = date(2026, 11, 20)


class Books:
    """A small book-keeping service, well behaved unless told otherwise."""

    def __init__(self, answer):
        self.answer = answer
        self.spoiled = {}  # "invoices 3": what is answered to page 3 of the invoices instead

    def __call__(self, method, path, headers, body):
        asked, query = urlsplit(path), parse_qs(urlsplit(path).query)
        table = asked.path.strip("/")
        page = int(query.get("page", ["1"])[0])
        if f"{table} {page}" in self.spoiled:
            return self.spoiled[f"{table} {page}"]
        if headers["Authorization"] != f"Bearer {TOKEN}":
            return self.answer({"error": "who are you"}, 401)
        rows = {"customers": CUSTOMERS, "invoices": INVOICES}[table]
        if since := query.get("changed_since"):
            rows = [row for row in rows if row.get("changed", "") >= since[0]]
        if customer := query.get("customer"):
            rows = [row for row in rows if row.get("customer", {}).get("id") in customer]
        size = int(query["per_page"][0])
        found = rows[(page - 1) * size : page * size]
        return self.answer({"data": {"items": found, "total": len(rows)}})


@pytest.fixture
def books(json_answer):
    return Books(json_answer)


@pytest.fixture
def declared(declare, serve, books):
    made = declare(DECLARED, token=TOKEN)
    made.service = serve(books)
    made.content["erp"]["url"] = made.service.address
    return made


def rejection(declared):
    with pytest.raises(PullRejected) as refused:
        declared.pull()
    assert TOKEN not in str(refused.value)
    return refused.value


def test_invoices_come_in_page_by_page_with_exact_amounts(declared, staged_rows):
    staged = declared.pull()

    found = [(r["item"], r["customer"], r["open_amount"]) for r in staged_rows(staged)]
    assert found == [
        ("1", "C2", Decimal("1.100")), ("2", "C1", Decimal("2.100")),
        ("3", "C2", Decimal("3.100")), ("4", "C1", Decimal("4.100")),
        ("5", "C2", Decimal("5.100")),
    ]  # fmt: skip


def test_only_what_changed_is_asked_for(declared, staged_rows):
    staged = declared.pull(since=datetime(2026, 11, 14, tzinfo=UTC))

    assert [row["item"] for row in staged_rows(staged)] == ["4", "5"]


def test_b025_a_page_that_says_ok_and_holds_an_error_is_no_delivery(declared, books, json_answer):
    books.spoiled["invoices 2"] = json_answer({"error": "timeout"})

    assert rejection(declared).code == "schema_mismatch"


def test_b025_a_page_that_is_no_json_at_all_is_no_delivery(declared, books):
    books.spoiled["invoices 1"] = (200, {"Content-Type": "text/html"}, b"<h1>Sign in</h1>")

    assert rejection(declared).code == "schema_mismatch"


def test_b026_pages_that_end_before_the_announced_count_are_refused(declared, books, json_answer):
    books.spoiled["invoices 2"] = json_answer({"data": {"items": [], "total": 5}})

    refused = rejection(declared)

    assert refused.code == "count_mismatch"
    assert "counts 5 rows and gave 2" in str(refused)


def test_b028_a_token_that_expires_on_page_three_leaves_no_half_snapshot(
    declared, books, json_answer
):
    books.spoiled["invoices 3"] = json_answer({"error": "token expired"}, 401)

    assert rejection(declared).code == "session_expired"
    assert not (declared.home / "lake").exists()


def test_a_token_that_is_not_known_from_the_first_is_not_tried_again(declared):
    declared.secrets = {}

    assert rejection(declared).code == "unauthorized"


def test_b031_a_redirect_is_not_followed(declared, books):
    books.spoiled["invoices 1"] = (302, {"Location": "http://169.254.169.254/latest"}, b"")

    refused = rejection(declared)

    assert refused.code == "address_refused"
    assert "a redirect to http://169.254.169.254/latest" in str(refused)


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:9", "http://10.1.2.3", "http://192.168.1.1", "http://169.254.169.254",
        "http://[::1]:9", "http://[::ffff:10.0.0.1]", "http://0.0.0.0:9", "http://100.64.0.1",
        "http://localhost:9", "http://2130706433:9",
    ],
)  # fmt: skip
def test_b031_an_address_of_an_inner_network_is_refused_unless_it_is_meant(declared, address):
    declared.content["erp"] |= {"url": address, "allow_private": False}

    assert rejection(declared).code == "address_refused"
    assert not declared.service.asked


@pytest.mark.parametrize(
    "link", ["http://169.254.169.254/x", "http://other.example/x", "file:///x"]
)
def test_b031_a_next_page_on_another_host_is_not_asked(declared, books, json_answer, link):
    declared.content["erp"] |= {"pages": {"by": "link", "next": "data.next", "size": 2}}
    for table in ("customers", "invoices"):
        first = {"items": CUSTOMERS if table == "customers" else INVOICES[:2], "total": 9}
        books.spoiled[f"{table} 1"] = json_answer({"data": {**first, "next": link}})

    assert rejection(declared).code == "address_refused"


def test_pages_by_offset_and_by_cursor_are_turned_too(declared, serve, json_answer, staged_rows):
    def by_offset(method, path, headers, body):
        query = parse_qs(urlsplit(path).query)
        rows = CUSTOMERS if "customers" in path else INVOICES
        first = int(query.get("skip", query.get("after", ["0"]))[0])
        items, last = rows[first : first + 2], first + 2 >= len(rows)
        told = {"items": items, "total": len(rows), "next": None if last else first + 2}
        return json_answer({"data": told})

    for pages in (
        {"by": "offset", "parameter": "skip", "size": 2},
        {"by": "cursor", "parameter": "after", "next": "data.next"},
    ):
        declared.content["erp"] |= {"url": serve(by_offset).address, "pages": pages}
        assert [row["item"] for row in staged_rows(declared.pull())] == list("12345")


def test_a_service_that_gives_the_same_page_for_ever_is_found_out(declared, serve, json_answer):
    rows = [*CUSTOMERS]
    declared.content["erp"] |= {
        "url": serve(lambda *_: json_answer({"data": {"items": rows}})).address, "total": "",
    }  # fmt: skip

    assert rejection(declared).code == "schema_mismatch"


def test_one_account_is_read_again_alone_and_in_exact_amounts(declared):
    declared.content["erp"]["last_look"] = {"timeout_seconds": 30}
    mapping = load_mapping(declared.file)

    found = open_items_now(declared.source, mapping, declared.secrets, TODAY, ["C1"])

    assert found["item"].to_pylist() == ["2", "4"]
    assert found["open_amount"].to_pylist() == [Decimal("2.100"), Decimal("4.100")]


def test_a_service_that_never_answers_is_not_waited_for(declared, serve, json_answer):
    is_over = threading.Event()

    def silent(*_):
        is_over.wait(30)
        return json_answer({})

    declared.content["erp"] |= {"url": serve(silent).address, "last_look": {"timeout_seconds": 0.2}}
    mapping = load_mapping(declared.file)
    try:
        with pytest.raises(PullRejected) as refused:
            open_items_now(declared.source, mapping, declared.secrets, TODAY, ["C1"])
    finally:
        is_over.set()

    assert refused.value.code == "unavailable"


def test_an_answer_that_grows_too_large_is_not_read_to_its_end(declared, serve, json_answer):
    declared.content["erp"] |= {"max_answer_mb": 1}
    declared.content["erp"]["url"] = serve(lambda *_: json_answer("x" * 2_000_000)).address

    assert rejection(declared).code == "archive_limit"


def test_a_service_that_is_busy_is_asked_again_later(declared, books, json_answer):
    books.spoiled["invoices 1"] = json_answer({"error": "busy"}, 503)

    assert rejection(declared).code == "unavailable"


def test_a_key_that_no_row_has_is_named(declared):
    declared.content["tables"]["open_items"]["columns"]["due_date"] = "due_on"

    refused = rejection(declared)

    assert (refused.code, "due_on" in str(refused)) == ("missing_column", True)
    assert json.dumps(INVOICES[0]) not in str(refused)
