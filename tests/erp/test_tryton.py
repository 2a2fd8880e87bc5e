"""A real Tryton, asked over SQL and over JSON-RPC: both ways say the same of the same company.

The first run installs Tryton into `var/tests` and keeps it, with the company made in it. Where the
package index cannot be reached these tests are skipped.
"""

import hashlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from callsheet.erp.source import Asked
from callsheet.errors import PullRejected

# Installing a Tryton and making its company takes minutes on a bare machine.
pytestmark = pytest.mark.nightly
ROOT = Path(__file__).parents[2]
PACKAGES = (
    "trytond==8.2.1", "trytond-account==8.2.1", "trytond-account-invoice==8.2.0",
    "trytond-account-payment==8.2.0", "proteus==8.2.0", "psycopg[binary]==3.3.9",
    "psycopg_pool==3.3.3",
)  # fmt: skip
COMPANY = Path(__file__).with_name("tryton_company.py")
VERSION = hashlib.sha256(repr(PACKAGES).encode() + COMPANY.read_bytes()).hexdigest()[:12]
CACHE = ROOT / "var" / "tests" / f"tryton-{VERSION}"
PASSWORD = "of-the-admin"
ACME = {
    "entities": {
        "rows": [
            {
                "entity": "ACME", "name": "Acme SA", "currency": "EUR",
                "time_zone": "Europe/Paris", "calendar": "FR", "language": "fr",
            }
        ]
    }
}  # fmt: skip


def ready(folder: Path, *command: object, **variables: str) -> None:
    subprocess.run(
        [str(word) for word in command],
        cwd=folder, env={**os.environ, **variables}, check=True, capture_output=True, text=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def installed() -> Path:
    """The folder of programs of Tryton's own environment."""
    programs = CACHE / "venv" / "bin"
    if not (CACHE / "installed").exists():
        shutil.rmtree(CACHE, ignore_errors=True)
        CACHE.mkdir(parents=True)
        try:
            ready(CACHE, sys.executable, "-m", "venv", "venv")
            ready(CACHE, programs / "pip", "install", "--quiet", *PACKAGES)
        except subprocess.CalledProcessError as problem:
            last = (problem.stderr or "").strip().splitlines()[-1:]
            pytest.skip(f"Tryton cannot be installed: is the package index reachable? {last}")
        (CACHE / "installed").touch()
    return programs


@pytest.fixture(scope="module")
def template(installed: Path, postgres_url: str, tmp_path_factory) -> tuple[str, Path]:
    """The server's address, without a database, and a Tryton configuration; `erp` is made."""
    server = postgres_url.replace("+psycopg", "").rpartition("/")[0]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("tryton")
    conf = folder / "trytond.conf"
    conf.write_text(f"[database]\nuri = {server}/\n[web]\nlisten = 127.0.0.1:{port}\n")
    (folder / "pass").write_text(PASSWORD)
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute("create database erp template template0")
    dump = CACHE / "company.dump"
    if dump.exists():
        ready(folder, postgres("pg_restore"), "--no-owner", "-d", f"{server}/erp", dump)
    else:
        admin = [installed / "trytond-admin", "-c", conf, "-d", "erp", "--email", "a@x.example"]
        modules = ("-u", "account_invoice", "account_payment", "--activate-dependencies")
        ready(folder, *admin, *modules, TRYTONPASSFILE=str(folder / "pass"))
        ready(folder, installed / "python", COMPANY, "erp", conf)
        ready(folder, postgres("pg_dump"), "-Fc", "-f", dump, f"{server}/erp")
    return server, conf


def postgres(program: str) -> Path:
    return sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))[-1]


@pytest.fixture(scope="module")
def web(installed: Path, template: tuple[str, Path]):
    """The address of a Tryton that serves one copy of the company, `live`."""
    server, conf = template
    copy(server, "live")
    log = (conf.parent / "trytond.log").open("w")
    process = subprocess.Popen(
        [installed / "trytond", "-c", conf, "-d", "live"], stdout=log, stderr=log
    )
    address = "http://" + conf.read_text().rpartition("listen = ")[2].strip()
    try:
        wait_for(address)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)
        log.close()


def wait_for(address: str) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("Tryton did not start in a minute")


def copy(server: str, name: str) -> None:
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"create database {name} template erp".encode())


@pytest.fixture
def by_sql(declare, template):
    """The company over SQL, in a copy of its own."""
    server = template[0]
    name = f"copy_{time.monotonic_ns()}"
    copy(server, name)
    url = f"{server}/{name}".replace("postgresql:", "postgresql+psycopg:")
    erp = {"kind": "tryton_sql", "url": url, "companies": {"1": "ACME"}, "page_rows": 2}
    return declare({"erp": erp, "tables": ACME}, name="sql")


@pytest.fixture
def by_rpc(declare, web):
    """The company over JSON-RPC."""
    erp = {
        "kind": "tryton", "url": web, "allow_private": True, "database": "live", "user": "admin",
        "secret": "tryton", "companies": {"1": "ACME"}, "page_rows": 2,
    }  # fmt: skip
    return declare({"erp": erp, "tables": ACME}, name="rpc", tryton=PASSWORD)


def live(template) -> psycopg.Connection:
    return psycopg.connect(f"{template[0]}/live", autocommit=True)


def table(staged_rows, staged, name):
    """The rows of a table, without where they stood."""
    places = {"line", "raw", "fields", "width"}
    return [
        {key: cell for key, cell in row.items() if key not in places}
        for row in staged_rows(staged, name)
    ]


def test_both_ways_give_the_same_rows_of_every_table(by_sql, by_rpc, staged_rows):
    sql, rpc = by_sql.pull(), by_rpc.pull()

    for name in ("open_items", "customers", "contacts", "addresses", "payments", "holds"):
        assert table(staged_rows, sql, name) == table(staged_rows, rpc, name), name
        assert sql.rows_in[name] > 0, name


def test_instalments_credit_notes_payments_and_dollars_come_as_they_stand(by_sql, staged_rows):
    staged = by_sql.pull()

    found = [
        (row["customer"], row["kind"], row["due_date"], row["currency"], row["open_amount"])
        for row in staged_rows(staged)
    ]
    assert {row["entity"] for row in staged_rows(staged)} == {"ACME"}
    assert sorted(found, key=str) == [
        ("2", "credit_note", date(2026, 10, 10), "EUR", Decimal("-55.500")),
        ("2", "invoice", date(2026, 8, 31), "EUR", Decimal("500.000")),
        ("2", "invoice", date(2026, 9, 30), "EUR", Decimal("500.000")),
        ("3", "invoice", date(2026, 10, 1), "USD", Decimal("100.000")),
        ("3", "invoice", date(2026, 10, 2), "EUR", Decimal("40.000")),
        ("4", "invoice", date(2026, 10, 31), "EUR", Decimal("80.000")),
        ("4", "payment", None, "EUR", Decimal("-30.000")),
    ]
    customers = staged_rows(staged, "customers")
    assert [(c["name"], c["language"], c["country"]) for c in customers] == [
        ("Anna", "fr", "FR"), ("Boris", "en", "GB"), ("Carla", "de", "DE"),
    ]  # fmt: skip
    contacts = staged_rows(staged, "contacts")
    assert [(c["email"], c["mobile"]) for c in contacts] == [
        ("compta@anna.example", "+33 6 12 34 56 78"), ("accounts@boris.example", "+44 7700 900123"),
        (None, "+49 151 23456789"),
    ]  # fmt: skip
    (hold,) = staged_rows(staged, "holds")
    assert (hold["customer"], hold["from_day"]) == ("3", date(2026, 9, 2))
    assert by_sql.validate().by_code == {}


def test_what_was_settled_since_comes_with_nothing_open_whichever_way_it_is_asked(
    by_rpc, by_sql, template, staged_rows
):
    settle = (
        "update account_move_line set reconciliation = 1, write_date = '2026-11-19 23:00'"
        " where debit = 80 and maturity_date is not null"
    )
    with live(template) as connection:
        connection.execute("update account_move_line set create_date = '2026-11-02 08:00'")
        connection.execute(
            "update account_move set create_date = '2026-11-02 08:00', write_date = null"
        )
        connection.execute("update account_move_line set write_date = null")
        connection.execute(settle)
    by_sql.content["erp"]["url"] = f"{template[0]}/live".replace(
        "postgresql:", "postgresql+psycopg:"
    )
    since = datetime(2026, 11, 19, 22, tzinfo=UTC)

    for declared in (by_rpc, by_sql):
        staged = declared.pull(since=since)
        assert [row["open_amount"] for row in staged_rows(staged)] == [0]


def test_one_account_is_read_again_alone(by_rpc, by_sql):
    for declared in (by_rpc, by_sql):
        with declared.erp.reading(date(2026, 11, 20)) as tables:
            (sheet,) = tables.sheets("open_items", Asked(customers=("2",)))
            place = sheet.header.index("party")
            assert [record.fields[place] for record in sheet.records] == ["2", "2", "2"]


def test_a_session_that_ends_in_the_middle_is_no_half_delivery(by_rpc, template):
    def end_every_session(*_: object) -> None:
        with live(template) as connection:
            connection.execute("delete from ir_session")

    with pytest.raises(PullRejected) as refused:
        by_rpc.pull(progress=end_every_session)  # after the first table

    assert refused.value.code == "session_expired"


def test_a_wrong_password_is_told_without_the_password(by_rpc):
    wrong = "never-shown"
    by_rpc.secrets = {"tryton": type(by_rpc.secrets["tryton"])(wrong)}

    with pytest.raises(PullRejected) as refused:
        by_rpc.pull()

    assert refused.value.code == "unauthorized"
    assert wrong not in str(refused.value)


def many_more(server: str, name: str, count: int) -> None:
    """Copy one posted invoice, its move and its lines `count` times, by the database alone."""
    with psycopg.connect(f"{server}/{name}", autocommit=True) as connection:
        (move,) = connection.execute(
            "select move from account_move_line where debit = 80 and maturity_date is not null"
        ).fetchone()
        copied = {
            "account_move": ("id = %(move)s", {"id": "i", "number": "'M' || i"}),
            "account_invoice": ("move = %(move)s", {"id": "i", "move": "i", "number": "'F' || i"}),
            "account_move_line": (
                "move = %(move)s",
                {"id": "10 * i + no", "move": "i", "reconciliation": "null"},
            ),
        }
        for table_name, (where, changed) in copied.items():
            names = [
                row[0]
                for row in connection.execute(
                    "select column_name from information_schema.columns where table_name = %s",
                    [table_name],
                ).fetchall()
            ]
            chosen = ", ".join(changed.get(column, f'one."{column}"') for column in names)
            named = ", ".join(f'"{column}"' for column in names)
            connection.execute(
                f"insert into {table_name} ({named}) select {chosen}"
                f" from (select *, row_number() over (order by id) as no from {table_name}"
                f" where {where}) as one"
                f" cross join generate_series(1000000, 1000000 + {count - 1}) as more(i)".encode(),
                {"move": move},
            )
        connection.execute("analyze")  # as the server's own housekeeping does within minutes


def test_ten_thousand_items_come_the_same_both_ways(by_rpc, by_sql, template, staged_rows):
    server = template[0]
    many_more(server, "live", 10_000)
    by_sql.content["erp"]["url"] = f"{server}/live".replace("postgresql:", "postgresql+psycopg:")
    for declared in (by_sql, by_rpc):
        declared.content["erp"]["page_rows"] = 1_000

    took, found = {}, {}
    for way, declared in (("sql", by_sql), ("rpc", by_rpc)):
        began = time.perf_counter()
        staged = declared.pull()
        took[way] = time.perf_counter() - began
        found[way] = table(staged_rows, staged, "open_items")

    assert len(found["sql"]) > 10_000
    assert found["sql"] == found["rpc"]
    assert by_sql.validate().by_code == {}
    print({way: f"{seconds:.1f} s" for way, seconds in took.items()})  # noqa: T201  # with -s
