"""What people write down is readable, and stands in the ledger as a hash only."""

import pytest

from callsheet.history import record
from callsheet.proof.verification import verify
from callsheet.reading.history_reading import history_lines
from callsheet.sealing.key_ring import KeyRing
from callsheet.store.warehouse import Warehouse

TOLD = "Madame Dupont, 06 12 34 56 78, pays on Friday"


@pytest.fixture
def company(settings_of_engine):
    """Settings and warehouse, once on each engine."""
    return settings_of_engine, Warehouse.of(settings_of_engine)


def noted(company, an_event, **more):
    _, warehouse = company
    with warehouse.transaction() as tx:
        record(tx, [an_event(**{"detail": {"note": TOLD, "attempt": 1}, **more})])


def stored(company):
    """Everything in the tables of the warehouse that people's words could stand in."""
    _, warehouse = company
    with warehouse.reading() as tx:
        return str(tx.fetch("select * from event") + tx.fetch("select * from free_text"))


def read_back(company):
    _, warehouse = company
    with warehouse.reading() as tx:
        return [line.why for line in history_lines(tx)]


def test_a_note_is_read_back_and_does_not_stand_in_the_ledger(company, an_event):
    noted(company, an_event)

    assert read_back(company) == [TOLD]
    assert "Dupont" not in stored(company)
    assert '"attempt":1' in stored(company)


def test_a_note_about_nobody_in_particular_is_sealed_as_well(company, an_event):
    noted(company, an_event, customer="")

    assert read_back(company) == [TOLD]
    assert "Dupont" not in stored(company)


def test_a_note_reads_erased_once_its_customers_key_is_gone_and_the_ledger_verifies(
    company, an_event
):
    settings, warehouse = company
    noted(company, an_event)
    KeyRing.of(settings.home).destroy("C1")
    noted(company, an_event, subject="a-2")

    assert read_back(company) == ["erased", "erased"]
    assert verify(warehouse, settings.home / "anchors").fault is None


def test_the_same_words_twice_are_kept_once(company, an_event):
    for no in range(3):
        noted(company, an_event, subject=f"a-{no}")

    _, warehouse = company
    with warehouse.reading() as tx:
        assert tx.fetch("select count(*) from free_text") == [(1,)]


def test_a_providers_yes_stays_readable_in_the_ledger_unless_it_names_an_address(company, an_event):
    noted(company, an_event, kind="fact", state="accepted", detail={"said": "250 queued as 4F1A"})
    noted(company, an_event, kind="fact", subject="a-2", state="rejected",
          detail={"said": "550 no such user here"})  # fmt: skip
    noted(company, an_event, kind="fact", subject="a-3", state="accepted",
          detail={"said": "250 ok for dupont@martin.example"})  # fmt: skip

    assert "queued as 4F1A" in stored(company)
    assert "no such user" not in stored(company)
    assert "dupont" not in stored(company)
