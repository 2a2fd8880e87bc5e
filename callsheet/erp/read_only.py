"""Open a database so that nothing can be written, and no statement can run for ever."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa


@contextmanager
def read_only(engine: sa.Engine, timeout_seconds: float) -> Iterator[sa.Connection]:
    """Yield a connection in a transaction that is rolled back at the end, whatever happens.

    PostgreSQL, MySQL, MariaDB, Oracle and SQLite refuse to write in it; of another database that
    is what its user may do. Statements are broken off after `timeout_seconds` where the database
    can be told so: PostgreSQL, MySQL, MariaDB.
    """
    repeatable = engine.dialect.name in {"postgresql", "mysql", "mariadb"}
    options = {"isolation_level": "REPEATABLE READ"} if repeatable else {}
    with engine.connect().execution_options(**options) as connection:
        if engine.dialect.name in {"mysql", "mariadb"}:
            connection.exec_driver_sql("set session transaction read only")
            connection.rollback()
        for statement in _STATEMENTS.get(engine.dialect.name, ()):
            connection.exec_driver_sql(statement.format(milliseconds=int(timeout_seconds * 1000)))
        try:
            yield connection
        finally:
            connection.rollback()


_STATEMENTS = {
    "postgresql": (
        "set transaction read only",
        "set local statement_timeout = {milliseconds}",
        "set local cursor_tuple_fraction = 1",  # all rows of a query are wanted, not the first
        "set local idle_in_transaction_session_timeout = 0",
        "set local time zone 'UTC'",
    ),
    "mysql": ("set session max_execution_time = {milliseconds}", "set time_zone = '+00:00'"),
    "mariadb": ("set time_zone = '+00:00'",),
    "oracle": ("set transaction read only",),
    "sqlite": ("pragma query_only = on",),
}
