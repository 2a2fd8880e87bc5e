"""Builders of the store's tests: events with only what matters spelled out."""

from datetime import UTC, date, datetime

import pytest

from callsheet.history import NewEvent
from callsheet.store.warehouse import Warehouse


@pytest.fixture
def warehouse(settings_of_engine) -> Warehouse:
    return Warehouse.of(settings_of_engine)


@pytest.fixture
def an_event():
    def make(subject="a-1", no=1, state="planned", **more) -> NewEvent:
        facts = {
            "kind": "action",
            "on_day": date(2026, 3, 2),
            "happened_at": datetime(2026, 3, 2, 6, 30, tzinfo=UTC),
            "author": "policy",
            "unit": "C1|FR",
            "customer": "C1",
            "entity": "FR",
            **more,
        }
        return NewEvent(subject=subject, no=no, state=state, **facts)

    return make
