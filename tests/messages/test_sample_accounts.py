"""Every template over the accounts of the sample company: the amount is the sum of the lines."""

import dataclasses
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from callsheet.canonical import DUCKDB_TYPE, TABLES
from callsheet.erp.pull import pull
from callsheet.messages.locale_formats import locale_of, money_format
from callsheet.messages.message import language_for
from callsheet.messages.message_values import values_of
from callsheet.messages.rendering import FOLDERS, Templates
from callsheet.messages.statement import WantedAccount, statements
from callsheet.messages.statement_model import Statement
from callsheet.scenarios.step import Step
from callsheet.settings import Settings
from callsheet.settings_file import load_settings
from callsheet.store.lake import SURVIVING_CUSTOMERS
from callsheet.store.warehouse_schema import definition
from callsheet.vocabulary import ActionType, Mode

ROOT = Path(__file__).parents[2]
SAMPLE_DAY = date(2026, 11, 16)
STRIDE = 8  # every eighth account is written in every template
FILES = sorted(
    path.relative_to(ROOT / "templates")
    for path in (ROOT / "templates").rglob("*.j2")
    if path.parent.name != "shared"
)


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings(ROOT / "data" / "sample" / "callsheet.yaml")


@pytest.fixture(scope="module")
def sample(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The delivered tables of the sample company, read as a pull reads them."""
    home = tmp_path_factory.mktemp("sample")
    staged = pull(settings.sources[0], SAMPLE_DAY, home, datetime(2026, 11, 16, 5, tzinfo=UTC))
    with duckdb.connect(":memory:") as con:
        for name, table in TABLES.items():
            columns = ", ".join(f"{c.name} {DUCKDB_TYPE[c.type]}" for c in table.columns)
            con.execute(f"create table {name} ({columns})")
            file = staged.folder / f"{name}.parquet"
            if file.exists():
                names = ", ".join(f"try_cast({c.name} as {DUCKDB_TYPE[c.type]})" for c in
                                  table.columns)  # fmt: skip
                con.execute(f"insert into {name} select {names} from read_parquet('{file}')")
        con.execute(SURVIVING_CUSTOMERS)
        for name in ("exclusion", "action", "event"):
            con.execute(definition("duckdb")[name])
        yield con


@pytest.fixture(scope="module")
def accounts(sample: duckdb.DuckDBPyConnection, settings: Settings) -> list[Statement]:
    """The statement of every account of the sample that has a leader."""
    rows = sample.execute(
        """
        select
            coalesce(nullif(c.head_account, ''), i.customer) as head,
            i.entity,
            arg_min(i.item, (i.due_date, i.issue_date, i.item))
        from open_items as i left join customers as c on i.customer = c.customer
        where i.kind in ('invoice', 'misc') and i.open_amount > 5 and i.due_date is not null
        group by all
        order by all
        """
    ).fetchall()
    wanted = [WantedAccount(f"{c}|{e}", c, e, leader) for c, e, leader in rows]
    return list(statements(sample, wanted, SAMPLE_DAY, settings.decision).values())


def _step(file: Path) -> Step:
    return Step(
        key="step", title="Step", day=14, action=ActionType(file.parent.name),
        template=file.name.partition(".")[0], mode=Mode.MANUAL, delay_days=8,
    )  # fmt: skip


def test_the_sample_has_accounts_of_every_shape(accounts: list[Statement]):
    claims = [claim for statement in accounts for claim in statement.claimed]

    assert len(accounts) > 250
    assert {claim.currency for claim in claims} >= {"EUR", "GBP"}
    assert any(claim.credits for claim in claims)
    assert any(section.penalties for one in accounts for section in one.sections)
    assert {statement.language for statement in accounts} >= {"fr", "en"}


def test_what_is_claimed_is_the_sum_of_the_lines_for_every_account(accounts: list[Statement]):
    for statement in accounts:
        for claim in statement.claimed:
            lines = sum((line.open_amount for line in claim.lines), Decimal(0))
            credits_ = sum((line.open_amount for line in claim.credits), Decimal(0))
            assert (claim.lines_total, claim.credits_total) == (lines, credits_)
            assert claim.total == lines + credits_ > 0
            assert {line.currency for line in claim.lines + claim.credits} == {claim.currency}


def test_every_line_belongs_to_the_account_that_names_it(
    accounts: list[Statement], sample: duckdb.DuckDBPyConnection
):
    owners = dict(
        sample.execute(
            "select item, coalesce(nullif(c.head_account, ''), i.customer) || '|' || i.entity"
            " from open_items as i left join customers as c on i.customer = c.customer"
        ).fetchall()
    )

    for statement in accounts:
        assert {owners[item] for item in statement.named_items} <= {statement.unit}


@pytest.mark.parametrize("file", FILES, ids=str)
def test_the_amount_in_the_text_is_the_sum_of_the_lines_listed(
    file: Path, accounts: list[Statement], templates: Templates
):
    step, language = _step(file), file.name.split(".")[1]
    words: dict[str, Any] = templates.words[language]
    name = file.as_posix()
    assert FOLDERS[step.action] == file.parent.name
    for statement in accounts[::STRIDE]:
        if statement.leader is None:
            continue
        locale = locale_of(language, statement.country)
        values = values_of(step, statement, words)
        texts = templates.render(step.action, name, language, locale, values)
        if "claim" not in texts.parts:
            continue
        rows = texts.text.splitlines()
        for claim in statement.claimed:
            money = money_format(locale, claim.currency)
            shown = sum((_shown(rows, line, money) for line in claim.lines + claim.credits),
                        Decimal(0))  # fmt: skip
            assert shown == claim.total
            label = words["total"].upper()
            assert any(
                row.startswith(label) and row.endswith(f" {money(shown)}") for row in rows
            ), statement.unit


def _shown(rows: list[str], line: Any, money: Any) -> Decimal:
    """Return the amount of a line when it stands once in the text with exactly that amount."""
    found = [row for row in rows if row.startswith(f"{line.number} ")]
    assert [row.endswith(f" {money(line.open_amount)}") for row in found].count(True) >= 1, line
    amount: Decimal = line.open_amount
    return amount


def test_a_language_nobody_wrote_falls_back_and_says_so(
    accounts: list[Statement], templates: Templates, scenarios: Any
):
    step = scenarios["standard-en"].step("email-1")
    for statement in accounts:
        language, missing = language_for(step, statement, templates)
        assert language in ("fr", "en")
        assert (missing == "") == (statement.language in ("fr", "en", ""))
    german = dataclasses.replace(accounts[0], language="de", entity_language="fr")
    assert language_for(step, german, templates) == ("fr", "de")
