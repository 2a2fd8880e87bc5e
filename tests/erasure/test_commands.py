"""`callsheet erase`, `admit`, `compact` and `set-aside`, as a person types them."""

import json

import pytest
import yaml
from typer.testing import CliRunner

from callsheet.errors import UsageInvalid
from callsheet.terminal import erase, set_aside

CUSTOMER = "C-77"


@pytest.fixture
def ask(company, tmp_path):
    """Run a command of ours with the company's settings file."""
    [source] = company.settings.sources
    file = tmp_path / "callsheet.yaml"
    told = {
        "environment": "test", "home": str(company.settings.home),
        "warehouse": company.settings.warehouse.get_secret_value(),
        "sources": [{"name": "erp", "folder": str(source.folder), "mapping": str(source.mapping)}],
    }  # fmt: skip
    file.write_text(yaml.safe_dump(told))

    def run(app, *words, **more):
        return CliRunner().invoke(app, [*words, "--settings", str(file)], **more)

    return run


def test_erasing_says_first_what_it_would_destroy_and_asks(company, ask):
    dry = json.loads(ask(erase.app, "erase", CUSTOMER, "--dry-run", "--json").stdout)
    asked = ask(erase.app, "erase", CUSTOMER, "--why", "asked by letter")

    assert dry["key"]
    assert dry["snapshot_rows"] == {"customers": 2, "contacts": 2, "addresses": 4}
    assert (dry["messages"], len(dry["files"]), dry["rows_set_aside"]) == (1, 1, 1)
    assert isinstance(asked.exception, UsageInvalid)
    assert "add --yes" in str(asked.exception)
    assert company.found()


def test_an_erasure_and_a_compaction_tell_what_they_did(company, ask):
    words = ("--why", "asked by letter", "--by", "Claire", "--yes", "--json")
    done = ask(erase.app, "erase", CUSTOMER, *words)
    written = ask(erase.app, "compact", "--json")
    shown = json.loads(ask(set_aside.app, "--json").stdout)
    back = ask(erase.app, "admit", CUSTOMER, "--why", "a customer again")

    assert (done.exit_code, written.exit_code, back.exit_code) == (0, 0, 0)
    told = json.loads(done.stdout)
    assert (told["files_removed"], told["still_found"]) == (1, [])
    assert "warehouse" in json.loads(written.stdout)["bytes"]
    assert {one["as_it_lay"] for one in shown} == {"erased"}
    with company.warehouse.reading() as tx:
        assert tx.fetch("select author, state from event where kind = 'erasure' order by no") == [
            ("Claire", "erased"), (back_author(tx), "admitted"),
        ]  # fmt: skip


def back_author(tx):
    [(author,)] = tx.fetch("select author from event where state = 'admitted'")
    return author
