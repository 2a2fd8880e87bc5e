"""Ask the ERP itself, just before a batch leaves, what is open on its accounts now.

Sources that declare `last_look` are asked, once a batch, outside every transaction. What they
answer stands in for their snapshot; who does not answer in time holds the batch's messages to its
customers for a while (`if_silent: hold`), or leaves them to the snapshot (`proceed`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import duckdb
import pyarrow as pa

from callsheet.dispatching.due import DUE
from callsheet.dispatching.open_actions import open_actions
from callsheet.erp.account import COLUMNS, can_look, open_items_now
from callsheet.erp.mapping import Mapping
from callsheet.erp.mapping_file import load_mapping
from callsheet.errors import PullRejected
from callsheet.planning.plan_files import keep_message_lines
from callsheet.settings import Settings, Source
from callsheet.snapshots.freshest import receivables
from callsheet.snapshots.snapshot import latest
from callsheet.store.transaction import Transaction
from callsheet.store.warehouse import Warehouse

ERP_SILENT = "erp_silent"
_SCHEMA = pa.schema(
    [(name, pa.string()) for name in COLUMNS[:3]] + [(COLUMNS[3], pa.decimal128(18, 3))]
)
_ASKED = pa.schema([("customer", pa.string()), ("entity", pa.string())])


@dataclass(frozen=True)
class LiveLook:
    """What the ERPs said: `items` are all that is open on the accounts in `asked`."""

    items: pa.Table = field(default_factory=_SCHEMA.empty_table)
    asked: pa.Table = field(default_factory=_ASKED.empty_table)  # customer, entity
    silent: frozenset[tuple[str, str]] = frozenset()  # accounts whose ERP gave no answer
    retry_minutes: int = 0

    def retry_at(self, moment: datetime) -> str:
        """Return when a held message may be tried again."""
        return (moment + timedelta(minutes=self.retry_minutes)).isoformat()


NO_LOOK = LiveLook()


def look_again(
    warehouse: Warehouse, settings: Settings, ids: Sequence[str], as_of: date
) -> LiveLook:
    """Return what the ERPs say now of the accounts that the actions `ids` are about."""
    looking = [(s, m) for s in settings.sources if (m := _mapping(s, settings)) is not None]
    if not looking or not ids:
        return NO_LOOK
    with warehouse.reading() as tx:
        customers = _customers(tx, settings, ids, as_of)
        covered = {
            ref.source: ref.entities for ref in latest(tx, [s.name for s, _ in looking], as_of)
        }
    items, asked, silent, minutes = [], [], set(), 0
    for source, mapping in looking:
        accounts = [(c, entity) for c in customers for entity in covered.get(source.name, ())]
        try:
            items.append(open_items_now(source, mapping, settings.secrets, as_of, customers))
            asked += accounts
        except PullRejected:
            look = mapping.erp.last_look if mapping.erp is not None else None
            if look is not None and look.if_silent == "hold":
                silent.update(accounts)
                minutes = max(minutes, look.retry_minutes)
    return LiveLook(
        pa.concat_tables([_SCHEMA.empty_table(), *(one.cast(_SCHEMA) for one in items)]),
        pa.Table.from_pylist([{"customer": c, "entity": e} for c, e in asked], _ASKED),
        frozenset(silent),
        minutes,
    )


def show_items(con: duckdb.DuckDBPyConnection, live: LiveLook) -> None:
    """Show `items_now`: the snapshot's open items, and the ERP's where it was asked."""
    names = ", ".join(COLUMNS)
    rows = f"select {names} from open_items"  # noqa: S608  # names of our own
    if live.asked.num_rows:
        con.register("live_items", live.items)
        con.register("asked_accounts", live.asked)
        rows += " anti join asked_accounts using (customer, entity)"
        rows += f" union all select {names} from live_items"  # noqa: S608  # as above
    con.execute(f"create or replace temp view items_now as {rows}")


def _mapping(source: Source, settings: Settings) -> Mapping | None:
    """Return the mapping of a source that is to be asked again; None for the others."""
    if source.place is not None or not source.mapping.is_file():
        return None
    mapping = _loaded(source.mapping, source.mapping.stat().st_mtime_ns)
    return mapping if can_look(source, mapping, settings.secrets) else None


@lru_cache(maxsize=16)
def _loaded(path: Path, _changed: int) -> Mapping:
    return load_mapping(path)


def _customers(tx: Transaction, settings: Settings, ids: Sequence[str], as_of: date) -> list[str]:
    """Return the customers that the messages are about, but for those that were merged.

    A merged customer's items stand in the ERP under a name that only the snapshot knows.
    """
    con = receivables(tx, settings, as_of)
    keep_message_lines(con, settings.home / "lake", open_actions(tx, DUE, ids=ids))
    rows = con.execute(
        "select distinct customer from message_lines"
        " where customer not in (select customer from merged_customers) order by customer"
    ).fetchall()
    return [customer for (customer,) in rows]
