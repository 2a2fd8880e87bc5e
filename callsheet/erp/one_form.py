"""Bring the text of a source into one form: the same letters, and no spaces at its ends.

Most values are plain letters, digits and signs already; that is asked once, and remembered of a
whole row, so that nobody needs to look for strange characters in it.
"""

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import and_

import duckdb
from duckdb import (
    CaseExpression,
    CoalesceOperator,
    ColumnExpression,
    ConstantExpression,
    Expression,
    FunctionExpression,
    StarExpression,
)

from callsheet.erp.mapping import TableMapping, is_literal

PLACE = ("line", "raw", "fields", "width")


def in_one_form(
    rows: duckdb.DuckDBPyRelation, columns: int, empty_words: Sequence[str]
) -> duckdb.DuckDBPyRelation:
    """Return `rows` with `s0`, `s1` … in one form, null for a word for nothing, and `is_plain`."""
    numbers = range(columns)
    looked_at = [FunctionExpression("is_bare", _said(no)).alias(f"bare{no}") for no in numbers]
    place = [ColumnExpression(name) for name in PLACE]
    is_plain = reduce(and_, map(_is_plain, numbers), ConstantExpression(True)).alias("is_plain")
    rows = rows.select(StarExpression(), *looked_at)
    rows = rows.select(*place, is_plain, *[_bare(no).alias(f"s{no}") for no in numbers])
    nothing = ConstantExpression(list(empty_words) or [""])
    said = [FunctionExpression("said", _said(no), nothing).alias(f"s{no}") for no in numbers]
    return rows.select(*place, ColumnExpression("is_plain"), *said)


def adds_plain_text(table: TableMapping) -> bool:
    """Say whether the mapping's own words are printable ASCII too, as far as they become values."""
    return all(word.isascii() and word.isprintable() for word in _words(table))


def _words(table: TableMapping) -> Iterable[str]:
    opens = table.open_when
    for value in (*table.columns.values(), *([opens.issued, opens.settled] if opens else [])):
        if value is None:
            continue
        yield from (value.constant or "", value.otherwise or "", value.separator)
        yield from filter(is_literal, value.join or ())
        yield from value.fields or ()
        yield from (str(word) for word in (value.values or {}).values())


def _said(no: int) -> Expression:
    return ColumnExpression(f"s{no}")


def _bare(no: int) -> Expression:
    """Return the value, the same where it has no need of anything."""
    whole = FunctionExpression("bare", _said(no))
    return CaseExpression(ColumnExpression(f"bare{no}"), _said(no)).otherwise(whole)


def _is_plain(no: int) -> Expression:
    """Return whether a value is printable ASCII, spaces at its ends or not; nothing is as well."""
    is_ascii = FunctionExpression("is_ascii", _said(no))
    return CoalesceOperator(ColumnExpression(f"bare{no}") | is_ascii, ConstantExpression(True))
