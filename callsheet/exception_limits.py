"""From which days on a proposal has waited too long, and a debt is past the friendly phase.

They depend on the calendar of each entity and on the settings, which the warehouse's views cannot
read: so each decision keeps those of its day in the table `exception_limit`.
"""

from collections.abc import Mapping
from datetime import date, timedelta

import duckdb
import pyarrow as pa
from sqlmodel import SQLModel

from callsheet.calendars import WEEKENDS_ONLY, working_day_before
from callsheet.settings import Settings
from callsheet.store.arrow_types import arrow_schema
from callsheet.store.transaction import Transaction

PENDING_WORKING_DAYS = 10


def waited_too_long(con: duckdb.DuckDBPyConnection, as_of: date) -> Mapping[str, date]:
    """Return, for each entity, the last day whose proposals have waited ten working days.

    `con` sees the receivables of `as_of`.
    """
    rows = con.execute("select entity, calendar from entities order by entity").fetchall()
    return {
        entity: working_day_before(calendar or WEEKENDS_ONLY, as_of, PENDING_WORKING_DAYS)
        for entity, calendar in rows
    }


def keep_limits(
    tx: Transaction, con: duckdb.DuckDBPyConnection, settings: Settings, as_of: date
) -> None:
    """Keep the limits of `as_of`, the day that is decided; `con` sees its receivables."""
    friendly = settings.decision.friendly_days
    rows = [
        {
            "entity": entity,
            "on_day": as_of,
            "pending_until": until,
            "friendly_days": friendly,
            "friendly_from": as_of - timedelta(days=friendly),
        }
        for entity, until in waited_too_long(con, as_of).items()
    ]
    schema = arrow_schema(SQLModel.metadata.tables["exception_limit"])
    tx.replace("exception_limit", pa.Table.from_pylist(rows, schema=schema))
