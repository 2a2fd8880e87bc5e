"""A Great Expectations data source on DuckDB, which it does not have by itself.

Import this module only where a validation is about to run: Great Expectations takes seconds.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal, Type  # noqa: UP035  # see below

import sqlalchemy as sa
from great_expectations.data_context import EphemeralDataContext
from great_expectations.datasource.fluent import SQLDatasource
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from sqlalchemy.dialects import postgresql


class UnsavedContext(EphemeralDataContext):  # type: ignore[misc]  # theirs has no types
    """A project that lives as long as one validation: it is never written down.

    Theirs makes YAML of itself at every change, which takes as long as a third of the answers.
    """

    def _save_project_config(self) -> None:
        """Keep nothing."""


class DuckdbEngine(SqlAlchemyExecutionEngine):  # type: ignore[misc]  # theirs has no types
    """Great Expectations' engine over one DuckDB connection that stays open."""

    def __init__(self, engine: sa.Engine) -> None:
        super().__init__(engine=engine, create_temp_table=False)
        self._connection = engine.connect()
        self.dialect_module = postgresql  # names the column types; DuckDB speaks PostgreSQL's

    @contextmanager
    def get_connection(self) -> Iterator[sa.Connection]:
        """Yield the one connection: a result is read after this block, so it stays open."""
        yield self._connection

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()


class DuckdbSource(SQLDatasource):  # type: ignore[misc]  # theirs has no types
    """A data source whose tables are those of a DuckDB connection that is handed to it."""

    type: Literal["duckdb"] = "duckdb"  # the name it is known by

    def hand_over(self, engine: sa.Engine) -> None:
        """Use `engine` for everything; it must keep one single connection."""
        self._engine = engine
        self._execution_engine = DuckdbEngine(engine)

    @property
    def execution_engine_type(self) -> Type[DuckdbEngine]:  # noqa: UP006  # `type` is a field
        """Return the engine that runs the metrics."""
        return DuckdbEngine

    def get_engine(self) -> sa.Engine:
        """Return the engine that was handed over."""
        return self._engine

    def get_execution_engine(self) -> Any:  # Great Expectations has no types here
        """Return the one engine, which keeps the connection."""
        return self._execution_engine

    def _save_context_project_config(self) -> None:
        """Keep nothing: the project lives as long as the validation."""

    def test_connection(self, test_assets: bool = True) -> None:  # theirs
        """Do nothing: the connection is open already."""
