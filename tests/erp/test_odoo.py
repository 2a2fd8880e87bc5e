"""An Odoo, as one answered: over JSON-RPC, over `/json/2`, and in its own database.

The server answers from `odoo_exchanges.json`, rows and errors as a running Odoo 18 gave them. It
matches model, method, domain, ids, offset and limit, and answers anything else with an error.
"""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from callsheet.erp.source import Asked
from callsheet.errors import PullRejected

RECORDED = json.loads(Path(__file__).with_name("odoo_exchanges.json").read_text())
KEY = "the-right-key"
TABLES = {
    "entities": {
        "rows": [
            {
                "entity": "MAIN", "name": "My Company", "currency": "EUR",
                "time_zone": "Europe/Paris", "calendar": "FR",
            }
        ]
    }
}  # fmt: skip


def recorded(model, method, first, named):
    """What was answered to this very request; KeyError for any other."""
    bounds = {name: named[name] for name in ("offset", "limit") if name in named}
    for exchange in RECORDED["exchanges"]:
        asked = (exchange["model"], exchange["method"], exchange["first"], exchange["named"])
        if asked == (model, method, first, bounds):
            return exchange["result"]
    raise KeyError(f"{model}.{method}{first}{bounds}")


class Odoo:
    """Odoo's two ways of being asked. `allowed` requests later the key is no longer known."""

    def __init__(self, json_answer, allowed=1000):
        self.answer, self.allowed = json_answer, allowed

    def __call__(self, method, path, headers, body):
        self.allowed -= 1
        if path.startswith("/json/2/"):
            return self.json2(path, headers, json.loads(body))
        if path == "/web/version":
            return self.answer({"version": "19.0", "version_info": [19, 0, 0, "final", 0, ""]})
        return self.answer({"jsonrpc": "2.0", "id": 1, **self.jsonrpc(json.loads(body)["params"])})

    def jsonrpc(self, params):
        service, method, arguments = params["service"], params["method"], params["args"]
        if (service, method) == ("common", "version"):
            return {"result": RECORDED["version"]}
        if method == "authenticate":
            right = arguments == [RECORDED["database"], "admin", KEY, {}]
            return {"result": RECORDED["user"] if right else False}
        database, user, key, model, called, first, named = arguments
        known = (database, user, key) == (RECORDED["database"], RECORDED["user"], KEY)
        if not known or self.allowed < 0:
            return {"error": RECORDED["access_denied"]}
        try:
            return {"result": recorded(model, called, first, named)}
        except KeyError as unknown:
            error = RECORDED["unknown_field"]
            return {"error": {**error, "data": {**error["data"], "message": str(unknown)}}}

    def json2(self, path, headers, named):
        if headers["Authorization"] != f"bearer {KEY}" or self.allowed < 0:
            return self.answer({"name": "werkzeug.exceptions.Unauthorized", "message": ""}, 401)
        assert headers["X-Odoo-Database"] == RECORDED["database"]
        _, _, _, model, called = path.split("/")
        first = [named[name] for name in ("domain", "ids") if name in named]
        try:
            return self.answer(recorded(model, called, first, named))
        except KeyError as unknown:
            return self.answer({"name": "builtins.ValueError", "message": str(unknown)}, 422)


@pytest.fixture
def odoo(declare, serve, json_answer):
    def make(version="18", key=KEY, allowed=1000):
        service = serve(Odoo(json_answer, allowed))
        erp = {
            "kind": "odoo", "url": service.address, "allow_private": True, "secret": "odoo",
            "database": RECORDED["database"], "user": "admin", "version": version,
            "companies": {"1": "MAIN"}, "page_rows": 3,
        }  # fmt: skip
        declared = declare({"erp": erp, "tables": TABLES}, name=f"odoo{version}", odoo=key)
        declared.service = service
        return declared

    return make


def items(staged_rows, staged):
    return [
        (r["item"], r["customer"], r["kind"], str(r["due_date"]), r["currency"], r["open_amount"])
        for r in staged_rows(staged)
    ]


AS_IT_STANDS = [
    ("1996", "B97", "invoice", "2026-06-07", "EUR", Decimal("1606.500")),
    ("1998", "B98", "invoice", "2026-05-31", "EUR", Decimal("1643.500")),
    ("2000", "B99", "invoice", "2026-12-20", "EUR", Decimal("1680.500")),
    ("3982", "B99", "credit_note", "2026-10-31", "EUR", Decimal("-55.500")),
    ("3984", "B99", "payment", "2026-11-02", "EUR", Decimal("-120.000")),
    ("3986", "B99", "invoice", "2026-10-15", "USD", Decimal("1000.000")),
    ("62", "B21", "invoice", "2026-07-26", "EUR", Decimal("827.500")),
    ("90", "B35", "invoice", "2026-11-15", "EUR", Decimal("1345.500")),
]


@pytest.mark.parametrize("version", ["18", "19"])
def test_the_lines_come_in_three_by_three_with_credits_payments_and_dollars(
    odoo, staged_rows, version
):
    staged = odoo(version).pull()

    assert items(staged_rows, staged) == AS_IT_STANDS
    assert {row["entity"] for row in staged_rows(staged)} == {"MAIN"}


def test_what_is_false_is_absent(odoo, staged_rows):
    staged = odoo().pull()

    contacts = {row["customer"]: row for row in staged_rows(staged, "contacts")}
    assert (contacts["B35"]["email"], contacts["B35"]["mobile"]) == (None, None)
    assert contacts["B99"]["email"] == "bulk000099@example.com"
    customers = [
        (c["customer"], c["language"], c["country"]) for c in staged_rows(staged, "customers")
    ]
    assert customers[:2] == [("B21", "en", "GB"), ("B35", "de", "GB")]
    assert {row["order_reference"] for row in staged_rows(staged)} == {None}


def test_a_day_of_an_odoo_is_loaded_whole(odoo):
    assert odoo().validate().by_code == {}


def test_what_changed_since_is_asked_for_alone(odoo, staged_rows):
    staged = odoo().pull(since=datetime(2026, 11, 21, 19, tzinfo=UTC))

    assert [(item[0], item[-1]) for item in items(staged_rows, staged)] == [
        ("3982", Decimal("-55.500")), ("3984", Decimal("-120.000")), ("3986", Decimal(0)),
    ]  # fmt: skip


def test_one_account_is_read_again_alone(odoo):
    with odoo().erp.reading(date(2026, 11, 21)) as tables:
        (sheet,) = tables.sheets("open_items", Asked(customers=("B99",)))
        assert [record.fields[0] for record in sheet.records] == ["2000", "3982", "3984", "3986"]


def test_a_wrong_password_is_answered_with_false_and_told_without_it(odoo):
    with pytest.raises(PullRejected) as refused:
        odoo(key="never-shown").pull()

    assert refused.value.code == "unauthorized"
    assert "never-shown" not in str(refused.value)


@pytest.mark.parametrize("version", ["18", "19"])
def test_a_session_that_ends_in_the_middle_is_no_half_delivery(odoo, version):
    with pytest.raises(PullRejected) as refused:
        odoo(version, allowed=5).pull()

    assert refused.value.code == "session_expired"


@pytest.mark.parametrize("version", ["18", "19"])
def test_what_was_not_recorded_is_an_error_and_refuses_the_pull(odoo, version):
    declared = odoo(version)
    declared.content["erp"]["page_rows"] = 4  # the recording has pages of three

    with pytest.raises(PullRejected) as refused:
        declared.pull()

    assert refused.value.code == "query_failed"


def test_a_count_that_does_not_fit_the_pages_refuses_the_pull(odoo, monkeypatch):
    fewer = [e for e in RECORDED["exchanges"] if e["note"] != "how many open receivable lines"]
    count = {
        "note": "", "model": "account.move.line", "method": "search_count", "named": {},
        "first": [RECORDED["exchanges"][0]["first"][0]], "result": 9812,
    }  # fmt: skip
    monkeypatch.setitem(RECORDED, "exchanges", [count, *fewer])
    declared = odoo()

    with pytest.raises(PullRejected) as refused:
        declared.pull()

    assert refused.value.code == "count_mismatch"


# --- the same company in its own database ---

SCHEMA = """
create table res_currency (id int, name text);
create table res_country (id int, code text);
create table res_partner (id int, name text, ref text, lang text, country_id int, email text,
    phone text, mobile text, street text, zip text, city text);
create table account_account (id int, account_type text);
create table account_move (id int, name text, move_type text, invoice_date date, ref text,
    write_date timestamp);
create table account_move_line (id int, move_id int, account_id int, partner_id int,
    company_id int, currency_id int, date date, date_maturity date, balance numeric,
    amount_currency numeric, amount_residual_currency numeric, reconciled boolean,
    parent_state text, write_date timestamp);
insert into account_account values (1, 'asset_receivable'), (2, 'income');
"""


def results(model):
    found = [
        e["result"]
        for e in RECORDED["exchanges"]
        if e["model"] == model and "ours" not in e["note"]
    ]
    return {row["id"]: row for rows in found if isinstance(rows, list) for row in rows}


def insert(connection, table, rows):
    for row in rows:
        cells = {k: v[0] if isinstance(v, list) else v for k, v in row.items()}
        plain = {k: None if v is False and k != "reconciled" else v for k, v in cells.items()}
        names, marks = ", ".join(plain), ", ".join(["%s"] * len(plain))
        connection.execute(f"insert into {table} ({names}) values ({marks})", list(plain.values()))


def part(row, *names):
    return {name: row[name] for name in names}


@pytest.fixture
def in_the_database(declare, new_database):
    url = new_database()
    lines, partners = results("account.move.line"), results("res.partner")
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute(SCHEMA)
        insert(
            connection,
            "res_currency",
            (part(c, "id", "name") for c in results("res.currency").values()),
        )
        insert(connection, "res_country", [{"id": 231, "code": "GB"}])
        names = (
            "id",
            "name",
            "ref",
            "lang",
            "country_id",
            "email",
            "phone",
            "mobile",
            "street",
            "zip",
            "city",
        )
        insert(connection, "res_partner", (part(p, *names) for p in partners.values()))
        for line in lines.values():
            move = part(line, "move_type", "invoice_date", "ref", "write_date")
            insert(
                connection,
                "account_move",
                [{**move, "id": line["move_id"][0], "name": line["move_name"]}],
            )
            names = (
                "id", "move_id", "partner_id", "company_id", "currency_id", "date", "date_maturity",
                "balance", "amount_currency", "amount_residual_currency", "write_date",
            )  # fmt: skip
            books = {"account_id": 1, "reconciled": False, "parent_state": "posted"}
            insert(connection, "account_move_line", [{**part(line, *names), **books}])
    erp = {"kind": "odoo_sql", "url": url, "companies": {"1": "MAIN"}, "page_rows": 3}
    return declare({"erp": erp, "tables": TABLES}, name="odoo_sql")


def test_its_database_says_the_same_as_its_server(in_the_database, odoo, staged_rows):
    by_sql, by_rpc = in_the_database.pull(), odoo().pull()

    written = {"open_amount_text", "open_amount_plain", "amount_text", "amount_plain"}
    places = {"line", "raw", "fields", "width", *written}
    for name in ("open_items", "customers", "contacts", "addresses"):
        one, other = (
            [{key: row[key] for key in row.keys() - places} for row in staged_rows(staged, name)]
            for staged in (by_sql, by_rpc)
        )
        assert one == other, name
