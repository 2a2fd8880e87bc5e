"""Lay out what the questions compare with: the mapping's limits, currencies, kinds, time zones."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from zoneinfo import available_timezones

import duckdb
import pyarrow as pa
from babel import Locale
from babel.core import get_global
from babel.numbers import get_currency_precision

from callsheet.calendars import known_calendars
from callsheet.canonical import TABLES
from callsheet.erp.mapping import TableMapping
from callsheet.erp.staged import Staged
from callsheet.validation.validated import SnapshotFiles
from callsheet.vocabulary import CREDIT_KINDS, DEBIT_KINDS, ItemKind


def lay_out_rules(
    con: duckdb.DuckDBPyConnection, staged: Staged, previous: SnapshotFiles | None
) -> None:
    """Create the tables `pull_rules`, `table_rules`, `currencies`, `kinds` …"""
    _table(con, "pull_rules", [_pull_rules(staged, previous)])
    _table(con, "table_rules", [_table_rules(staged, name) for name in TABLES])
    _table(con, "currencies", [_pair("currency", c, "digits", d) for c, d in currencies()])
    _table(con, "currency_words", [_pair("word", w, "currency", c) for w, c in _words()])
    _table(con, "kinds", [_pair("kind", kind.value, "side", _side(kind)) for kind in ItemKind])
    _table(con, "time_zones", [{"time_zone": zone} for zone in sorted(available_timezones())])
    _texts(con, "calendars", ("calendar",), [(c,) for c in sorted(known_calendars())])
    _texts(con, "covered_entities", ("entity",), [(e,) for e in staged.mapping.entities])
    confirmed = [(c.code, c.key) for c in staged.mapping.confirmed]
    _texts(con, "confirmed_rows", ("code", "row_key"), confirmed)


def _pull_rules(staged: Staged, previous: SnapshotFiles | None) -> dict[str, object]:
    tables = staged.mapping.tables

    def known(name: str) -> bool:
        return name in tables or (
            previous is not None and (previous.folder / f"{name}.parquet").exists()
        )

    def keeps(name: str) -> bool:
        return name not in tables or staged.mapping.mode_of(name) == "delta"

    covered = bool(staged.mapping.entities)
    return {
        "as_of": staged.as_of,
        "has_covered": covered,
        "has_customers": known("customers"),
        "keeps_customers": keeps("customers"),
        "has_entities": covered or known("entities"),
        "keeps_entities": not covered and keeps("entities"),
    }


def _table_rules(staged: Staged, name: str) -> dict[str, object]:
    table = staged.mapping.tables.get(name, TableMapping(rows=()))
    return {
        "table_name": name,
        "is_strict": not table.one_per_key,
        "holds_due_before_issue": table.due_before_issue == "hold",
    }


@lru_cache(maxsize=1)
def currencies() -> tuple[tuple[str, int], ...]:
    """Return the currencies that some territory uses today, with their decimals."""
    today = {
        entry[0]
        for entries in get_global("territory_currencies").values()
        for entry in entries
        if entry[2] is None and entry[3]  # no last day, legal tender
    }
    return tuple((code, get_currency_precision(code)) for code in sorted(today))


def _words() -> Iterable[tuple[str, str]]:
    """Yield what may stand beside an amount, and the currency it can mean."""
    names = Locale("en").currency_symbols
    for code, _ in currencies():
        yield code, code
        symbol = names.get(code, "")
        if len(symbol) == 1:
            yield symbol, code
    for code in ("AUD", "CAD", "HKD", "MXN", "NZD", "SGD"):
        yield "$", code
    yield "¥", "CNY"


def _side(kind: ItemKind) -> str:
    if kind in DEBIT_KINDS:
        return "debit"
    return "credit" if kind in CREDIT_KINDS else "either"


def _pair(one: str, first: object, other: str, second: object) -> dict[str, object]:
    return {one: first, other: second}


def _texts(
    con: duckdb.DuckDBPyConnection,
    name: str,
    columns: tuple[str, ...],
    rows: Sequence[tuple[str, ...]],
) -> None:
    schema = pa.schema([(column, pa.string()) for column in columns])
    _create(
        con, name, pa.Table.from_pylist([dict(zip(columns, r, strict=True)) for r in rows], schema)
    )


def _table(con: duckdb.DuckDBPyConnection, name: str, rows: list[dict[str, object]]) -> None:
    _create(con, name, pa.Table.from_pylist(rows))


def _create(con: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    con.from_arrow(rows).create(name)
