"""`callsheet source`: what a person sees of a source before the first night."""

import json

import pytest
import yaml
from typer.testing import CliRunner

from callsheet.errors import UsageInvalid
from callsheet.terminal import source


@pytest.fixture
def typed(ledger):
    file = ledger.declared.folder / "callsheet.yaml"
    file.write_text(
        yaml.safe_dump(
            {
                "environment": "sample",
                "sample_day": "2026-11-20",
                "home": str(ledger.declared.home),
                "sources": [{"name": "erp", "mapping": str(ledger.declared.file)}],
            }
        )
    )

    def type_(*words):
        return CliRunner().invoke(
            source.app, ["source", *words, "--settings", str(file)], catch_exceptions=False
        )

    return type_


pytestmark = pytest.mark.parametrize("ledger", ["sqlite"], indirect=True)


def test_check_shows_the_counts_the_first_rows_and_what_would_be_set_aside(ledger, typed):
    ledger.add((6, "D9", "RE-9", "RE", "2026-09-01", "2026-10-01", "EUR", "5.00", "5.00"))

    shown = typed("check", "erp")
    told = typed("check", "erp", "--json")

    assert (shown.exit_code, told.exit_code) == (1, 1), "there is something to mend"
    assert "sqlite" in shown.stdout
    assert "unknown_customer: 1 rows would be set aside" in shown.stdout
    assert "open_items 6: names a customer that was not delivered; found 'D9'" in shown.stdout
    found = json.loads(told.stdout)
    assert found["tables"]["open_items"] == {
        "in_the_erp": 5, "rows_in": 5, "loaded": 4, "duplicates": 0, "quarantined": 1,
    }  # fmt: skip
    assert [row["open_amount"] for row in found["rows"]] == [
        "100.000", "50.500", "80.000", "-10.000", "5.000",
    ]  # fmt: skip
    assert not ledger.declared.home.exists(), "nothing was written"


def test_check_of_a_clean_source_ends_well(typed):
    assert typed("check", "erp", "--json").exit_code == 0


def test_list_names_each_source_with_its_kind_and_place(ledger, typed):
    found = json.loads(typed("list", "--json").stdout)

    assert [(row["source"], row["kind"], row["full_pull"]) for row in found] == [
        ("erp", "sql", "every time")
    ]
    assert "erp" in typed("list").stdout


def test_a_source_nobody_declared_is_named_in_the_refusal(typed):
    with pytest.raises(UsageInvalid, match="no source is called sap"):
        typed("check", "sap")
