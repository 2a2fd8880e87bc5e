"""What analysts read is documented column by column, and the documentation is true."""

import pytest

from callsheet.errors import UsageInvalid
from callsheet.store.schema import view_named, views


def test_every_column_of_every_view_is_documented_in_its_order(warehouse):
    with warehouse.reading() as tx:
        for view in views():
            columns = tx.arrow(f"select * from {view.name} limit 0").column_names
            assert [column.name for column in view.columns] == columns, view.name
            assert view.question.endswith("?")
            assert view.grain.startswith("one row per")


def test_a_view_that_does_not_exist_is_answered_with_those_that_do():
    with pytest.raises(UsageInvalid, match="worklist"):
        view_named("orders")
