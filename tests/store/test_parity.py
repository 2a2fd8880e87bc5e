"""The same operations leave the same rows on both engines, every table compared as text."""

from datetime import UTC, date, datetime

import pytest
from pydantic import SecretStr
from sqlmodel import SQLModel

from callsheet.errors import Taken
from callsheet.history import record
from callsheet.settings import Settings
from callsheet.store.tables import Action, AddressDay, Lease
from callsheet.store.warehouse import Warehouse
from callsheet.store.warehouse_schema import VIEWS


def play(warehouse, an_event):
    """A little of everything: actions, a race, a replaced state, an amount, odd text."""
    day = date(2026, 3, 2)
    actions = [
        Action(
            action_id=f"a-{no}", unit=f"C{no}|FR", customer=f"C{no}", entity="FR", shard=no,
            origin="scenario", leader=f"F-{no}", leader_due=day if no else None, run=f"F-{no}",
            scenario="standard-fr", step="email-1", step_title="Relance par e-mail n°1",
            step_day=4, channel="email", mode="manual", planned_on=day, claim='[{"x":"1,5"}]',
        )
        for no in range(4)
    ]  # fmt: skip
    with warehouse.transaction() as tx:
        tx.add(*actions)
        record(tx, [an_event(f"a-{no}", detail={"note": 'dû ; "50 %"\n'}) for no in range(4)])
    with warehouse.transaction() as tx:
        record(tx, [an_event("a-1", 2, "done", reason="reached")])
        tx.add(AddressDay(address_hash="h", on_day=day, action_id="a-1"))
        moment = datetime(2026, 3, 2, 23, 59, 59, 999999, tzinfo=UTC)
        tx.add(Lease(name="é", holder="", fence=1, until_at=moment))
    with pytest.raises(Taken), warehouse.transaction() as tx:
        record(tx, [an_event("a-2", 1)])


def as_text(warehouse):
    """Every table and view, ordered by all its columns, each value as text."""
    found = {}
    with warehouse.reading() as tx:
        for name in [*SQLModel.metadata.tables, *VIEWS]:
            table = tx.arrow(f"select * from {name}")
            rows = [[str(value) for value in row.values()] for row in table.to_pylist()]
            found[name] = (table.column_names, sorted(rows))
    return found


def test_both_engines_hold_the_same_text_in_every_table_and_view(tmp_path, new_database, an_event):
    embedded = Warehouse.of(Settings(home=tmp_path))
    server = Warehouse.of(Settings(home=tmp_path, warehouse=SecretStr(new_database())))
    for warehouse in (embedded, server):
        play(warehouse, an_event)

    here, there = as_text(embedded), as_text(server)
    for name, rows in here.items():
        assert rows == there[name], name
    assert len(here["event"][1]) == 5
    assert len(here["worklist"][1]) == 3
