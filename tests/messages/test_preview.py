"""`callsheet preview` and `callsheet lint`: the words before a customer sees them."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner, Result

from callsheet.canonical import DUCKDB_TYPE, TABLES
from callsheet.errors import UsageInvalid
from callsheet.settings_file import load_settings
from callsheet.store.tables import Snapshot
from callsheet.store.warehouse import Warehouse
from callsheet.terminal.preview import app

ROOT = Path(__file__).parents[2]
Run = Callable[..., Result]


@pytest.fixture
def settings_file(tmp_path: Path) -> Path:
    path = tmp_path / "callsheet.yaml"
    path.write_text(
        f"home: {tmp_path / 'var'}\n"
        f"scenarios: {ROOT / 'scenarios'}\n"
        f"templates: {ROOT / 'templates'}\n"
        f"sources:\n  - {{name: erp, folder: {tmp_path}, mapping: {tmp_path / 'm.yaml'}}}\n",
        encoding="utf-8",
    )
    return path


@pytest.fixture
def run(settings_file: Path) -> Run:
    def call(*words: str) -> Result:
        return CliRunner().invoke(app, [*words, "--settings", str(settings_file)])

    return call


@pytest.fixture
def published(settings_file: Path, today: date) -> date:
    """One customer with one overdue invoice, published today."""
    settings = load_settings(settings_file)
    folder = settings.home / "lake" / "snap"
    folder.mkdir(parents=True)
    rows: dict[str, dict[str, Any]] = {
        "entities": {"entity": "FR01", "name": "Atelier SAS", "currency": "EUR",
                     "time_zone": "Europe/Paris", "calendar": "FR", "language": "fr",
                     "country": "FR", "sender_email": "relance@atelier.example"},
        "customers": {"customer": "C1", "name": "Martin", "language": "fr", "country": "FR"},
        "contacts": {"contact": "K1", "customer": "C1", "name": "Claire",
                     "email": "claire@martin.example", "is_collection": True},
        "open_items": {"item": "F1", "customer": "C1", "entity": "FR01", "number": "F-77",
                       "kind": "invoice", "issue_date": date(2026, 10, 1),
                       "due_date": today - timedelta(days=4), "currency": "EUR",
                       "amount": Decimal("120.00"), "open_amount": Decimal("120.00")},
    }  # fmt: skip
    with duckdb.connect(":memory:") as con:
        for name, row in rows.items():
            columns = ", ".join(f"{c.name} {DUCKDB_TYPE[c.type]}" for c in TABLES[name].columns)
            con.execute(f"create table {name} ({columns}, mark varchar)")
            names, marks = ", ".join(row), ", ".join(f"${key}" for key in row)
            con.execute(f"insert into {name} ({names}) values ({marks})", row)
            con.execute(f"copy {name} to '{folder / f'{name}.parquet'}'")
    moment = datetime(2026, 11, 16, 5, tzinfo=UTC)
    with Warehouse.of(settings).transaction() as tx:
        tx.add(
            Snapshot(
                snapshot_id="s1", source="erp", on_day=today, mode="stock", folder="snap",
                entities='["FR01"]', extracted_at=moment, published_at=moment, rows_in=4,
                rows_loaded=4, rows_duplicate=0, rows_quarantined=0, manifest="{}",
            )
        )  # fmt: skip
    return today


def test_without_a_snapshot_the_preview_shows_a_made_up_account(run: Run):
    shown = run("preview", "standard-fr", "email-1")

    assert shown.exit_code == 0
    assert "made-up account" in shown.stderr
    assert "Subject: Facture F-2026-0118 échue le" in shown.stdout


def test_the_preview_of_a_customer_is_what_they_would_read(run: Run, published: date):
    shown = run("preview", "standard-fr", "email-1", "--customer", "C1")

    assert shown.exit_code == 0
    assert "To:      Claire <claire@martin.example>" in shown.stdout
    assert "Subject: Facture F-77 échue le 12 novembre 2026" in shown.stdout
    assert "120,00\u00a0€" in shown.stdout


def test_a_step_to_come_is_shown_on_the_day_it_would_come(run: Run, published: date):
    shown = run("preview", "standard-fr", "email-3", "--customer", "C1")

    assert "as of 2026-12-15, when this step would come" in shown.stderr
    assert "soit 33\u00a0jours" in shown.stdout


def test_the_preview_prints_html_and_writes_the_letter(run: Run, published: date, tmp_path: Path):
    html = run("preview", "standard-fr", "email-1", "--customer", "C1", "--html")
    place = tmp_path / "notice.pdf"
    letter = run("preview", "standard-fr", "notice", "--customer", "C1", "--pdf", str(place))

    assert html.stdout.startswith("<!doctype html>")
    assert letter.exit_code == 0
    assert place.read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("nowhere", "email-1"), "there are: key-accounts-en"),
        (("standard-fr", "email-9"), "there are: pre-reminder, email-1"),
        (("standard-fr", "email-1", "--customer", "C9"), "C9 has nothing open"),
        (("standard-fr", "email-1", "--pdf", "x.pdf"), "no letter"),
        (("standard-fr", "email-1", "--html", "--text"), "choose one"),
    ],
)
def test_a_preview_of_something_that_is_not_there_says_what_is(
    run: Run, published: date, words: tuple[str, ...], told: str
):
    shown = run("preview", *words)

    assert isinstance(shown.exception, UsageInvalid)
    assert told in str(shown.exception)


def test_lint_tells_the_warnings_and_ends_with_one(run: Run):
    shown = run("lint")

    assert shown.exit_code == 1
    assert "8 scenarios, 6 rules, 3 warnings" in shown.stdout
    assert "scenarios/standard-fr.yaml, step notice (day +43)" in shown.stdout
