"""Read some customers' open items again, now: what the last look before sending goes by."""

import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
from duckdb import ColumnExpression

from callsheet.erp.connection import LastLook
from callsheet.erp.mapping import Mapping
from callsheet.erp.notation import define_notation
from callsheet.erp.source import Asked, Unavailable
from callsheet.erp.sources import Secrets, open_source
from callsheet.erp.staging import stage
from callsheet.in_memory import in_memory
from callsheet.settings import Source

_ITEMS = "open_items"
COLUMNS = ("item", "customer", "entity", "open_amount")


def can_look(source: Source, mapping: Mapping, secrets: Secrets) -> bool:
    """Say whether a source wants to be asked again, and can be asked for some customers."""
    wanted = mapping.erp is not None and mapping.erp.last_look is not None
    return wanted and _ITEMS in open_source(source, mapping, secrets).by_customer


def open_items_now(
    source: Source, mapping: Mapping, secrets: Secrets, as_of: date, customers: Sequence[str]
) -> pa.Table:
    """Return item, customer, entity and open amount of what is open of `customers` now.

    Raises PullRejected, `Unavailable` above all, when the ERP does not say so within the time-out.
    """
    look = mapping.erp.last_look if mapping.erp is not None else None
    seconds = (look or LastLook()).timeout_seconds
    erp = open_source(source, _in_haste(mapping, seconds), secrets)
    check_time = _deadline(source.name, seconds)
    with in_memory() as con, TemporaryDirectory(prefix="callsheet-look-") as folder:
        define_notation(con)
        with erp.reading(as_of, check_time) as tables:
            sheets = tables.sheets(_ITEMS, Asked(customers=tuple(customers)))
            stage(con, Path(folder), _ITEMS, mapping.tables[_ITEMS], sheets)
        check_time(_ITEMS, 0)
        rows = con.read_parquet(str(Path(folder) / f"{_ITEMS}.parquet"))
        return rows.select(*[ColumnExpression(name) for name in COLUMNS]).to_arrow_table()


def _in_haste(mapping: Mapping, seconds: float) -> Mapping:
    """Return the mapping with the time-out of a last look for each request."""
    assert mapping.erp is not None  # noqa: S101  # the caller has asked
    erp = mapping.erp.model_copy(update={"timeout_seconds": seconds})
    return mapping.model_copy(update={"erp": erp})


def _deadline(source: str, seconds: float) -> Callable[[str, int], None]:
    """Return what is told of progress, and ends the look when its time is over."""
    until = time.monotonic() + seconds

    def check(_table: str, _rows: int) -> None:
        if time.monotonic() > until:
            raise Unavailable(f"source {source}: no answer in {seconds:g} s")

    return check
