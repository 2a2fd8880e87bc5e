"""Runs the revisions of the warehouse on the connection it is handed: `callsheet migrate`.

PostgreSQL changes a table in place. DuckDB refuses many changes of a table with keys, so there
every batch copies the table, drops it and gives the copy its name, in the same transaction.
"""

from alembic import context
from alembic.operations.batch import BatchOperationsImpl
from duckdb_sqlalchemy.alembic_impl import DuckDBImpl


class CopyAndSwap(DuckDBImpl):
    """DuckDB, with every `op.batch_alter_table` as copy and swap."""

    __dialect__ = "duckdb"

    def requires_recreate_in_batch(self, batch_op: BatchOperationsImpl) -> bool:
        """Say yes: nothing is altered in place."""
        return True


given = context.config.attributes
context.configure(connection=given["connection"], version_table=given["version_table"])
with context.begin_transaction():
    context.run_migrations()
