"""What people see of a breaker, and the commands as they are typed."""

import io
import json
from datetime import UTC, date, datetime

import pytest
import typer
import yaml
from rich.console import Console
from typer.testing import CliRunner

from callsheet.errors import UsageInvalid
from callsheet.reading.call_sheet import CallSheet
from callsheet.reading.call_sheet_markdown import as_markdown
from callsheet.reading.open_breakers import open_breakers
from callsheet.settings import Settings
from callsheet.store.warehouse import Warehouse
from callsheet.terminal import breaker, status
from callsheet.terminal.call_sheet_screen import print_sheet
from callsheet.valves import kill_switch
from callsheet.valves.breakers import trip
from callsheet.valves.situation import Told
from callsheet.valves.trip import Trip, Valve

DAY = date(2026, 11, 16)
NINE = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
FOUND = "half of [it] is missing"


@pytest.fixture
def settings(tmp_path) -> Settings:
    settings = Settings(environment="production", home=tmp_path / "home")
    with Warehouse.of(settings).transaction() as tx:
        one = Trip(Valve.PULL_DROP, "erp", FOUND, "d1", {"rows": "5", "usual": "10"})
        trip(tx, [one], Told(DAY, NINE, "valves"))
    return settings


@pytest.fixture
def typed(settings, tmp_path):
    """Type a command; return what it printed."""
    file = tmp_path / "callsheet.yaml"
    file.write_text(yaml.safe_dump({"environment": "production", "home": str(settings.home)}))
    app = typer.Typer()
    for part in (breaker, status):
        app.add_typer(part.app)

    def type_(*words):
        found = CliRunner().invoke(
            app, [*words, "--settings", str(file)], catch_exceptions=False, standalone_mode=False
        )
        if isinstance(found.exception, UsageInvalid):
            raise found.exception
        return found.output

    return type_


def sheet_of(settings):
    with Warehouse.of(settings).reading() as tx:
        return CallSheet(DAY, "production", (), (), held=open_breakers(tx, settings))


def test_the_call_sheet_begins_with_what_is_held_back_and_what_to_do(settings):
    sheet = sheet_of(settings)
    console = Console(width=120, color_system=None, file=io.StringIO())
    print_sheet(console, sheet)
    screen, markdown = console.file.getvalue(), as_markdown(sheet)
    plain = sheet.as_text()["held"]

    assert "HELD BACK pull_drop of erp since 2026-11-16 09:00: half of [it] is missing" in screen
    assert "do: ask what is missing from the ERP's export" in screen
    assert "## Held back" in markdown
    assert "| pull_drop of erp | 2026-11-16 09:00 | half of \\[it] is missing |" in markdown
    assert (plain[0]["name"], plain[0]["scope"], plain[0]["figures"]["usual"]) == (
        "pull_drop", "erp", "10",
    )  # fmt: skip


def test_without_a_breaker_the_call_sheet_says_nothing_of_them(tmp_path):
    settings = Settings(environment="production", home=tmp_path / "home")
    assert "Held back" not in as_markdown(sheet_of(settings))


def test_a_breaker_is_listed_shown_and_closed_by_name(typed):
    assert "half of" in typed("breaker", "list")
    assert "pull_drop of erp" in typed("status")
    shown = json.loads(typed("breaker", "show", "pull-drop", "--json"))
    assert (shown[0]["figures"], shown[0]["is_open"]) == ({"rows": "5", "usual": "10"}, True)

    said = typed("breaker", "close", "pull_drop", "--why", "a branch was sold", "--by", "Claire")
    assert "closed" in said
    assert typed("breaker", "list") == "No breaker is open.\n"
    assert "Claire: a branch was sold" in typed("breaker", "list", "--all").replace("\n", "")


def test_a_name_nobody_knows_says_which_there_are(typed):
    with pytest.raises(UsageInvalid, match="pull_drop"):
        typed("breaker", "show", "nothing")


def test_the_switch_is_thrown_and_released_with_a_reason_and_both_are_in_the_ledger(
    typed, settings
):
    typed("kill-switch", "on", "--why", "wrong prices", "--by", "Claire")
    assert kill_switch.is_thrown(settings.home)
    assert "wrong prices" in typed("breaker", "list")
    with pytest.raises(UsageInvalid, match="kill-switch off"):
        typed("breaker", "close", "kill_switch", "--why", "x")

    typed("kill-switch", "off", "--why", "list corrected", "--by", "Anne")
    assert not kill_switch.is_thrown(settings.home)
    with Warehouse.of(settings).reading() as tx:
        acts = tx.fetch(
            "select state, author from event where subject = 'breaker:kill_switch:' order by no"
        )
    assert acts == [("opened", "Claire"), ("closed", "Anne")]


def test_a_switch_thrown_while_nobody_could_write_it_down_is_told_all_the_same(typed, settings):
    kill_switch.throw(settings.home, "wrong prices", "Claire", NINE)

    assert "wrong prices" in typed("breaker", "list")
