"""The rows that the last pull of each source set aside, opened so that they can be mended."""

from dataclasses import dataclass
from pathlib import Path

from callsheet.sealing.key_ring import KeyRing
from callsheet.sealing.set_aside import row_as_it_lay
from callsheet.sealing.words import ERASED
from callsheet.settings import Settings
from callsheet.store.transaction import Transaction

_QUERY = (Path(__file__).parents[1] / "sql" / "reading" / "set_aside_rows.sql").read_text("utf-8")


def line_text(line: int) -> str:
    """Return where a row lies in its file; what an earlier delivery brought has no line today."""
    return f"line {line}" if line >= 0 else "an earlier delivery"


@dataclass(frozen=True)
class SetAside:
    """One delivered row and one reason why it was not loaded."""

    source: str
    where: str
    code: str
    customer: str
    found: str
    as_it_lay: str


def rows_set_aside(tx: Transaction, settings: Settings, customer: str = "") -> list[SetAside]:
    """Return what was set aside last, of one customer or ('') of all, in the files' order."""
    ring = KeyRing.of(settings.home)
    return [
        SetAside(
            source=source,
            where=f"{table}, {line_text(line)}",
            code=code,
            customer=of_customer,
            found=found,
            as_it_lay=row_as_it_lay(ring, raw, of_customer) or ERASED,
        )
        for source, table, line, code, of_customer, found, raw in tx.fetch(
            _QUERY, customer=customer
        )
    ]
