"""How the text of a source becomes the typed columns of a canonical table, as one projection.

The projection is built from expressions, not from text, so no column name can be misread as SQL.
"""

import re
from collections.abc import Callable
from pathlib import Path

import duckdb
from duckdb import ColumnExpression, ConstantExpression, Expression, FunctionExpression

from callsheet.canonical import TABLES, Column
from callsheet.erp.mapping import (
    EXCEL_SERIAL,
    MADE_KEYS,
    TableMapping,
    Value,
    Written,
    is_literal,
)
from callsheet.vocabulary import CREDIT_KINDS

_MACROS = Path(__file__).parents[1] / "sql" / "validation" / "notation.sql"
_SIGNED_COLUMNS = {"amount", "open_amount"}
_PROVENANCE = ("line", "raw", "fields", "width")


def define_notation(con: duckdb.DuckDBPyConnection) -> None:
    """Create the macros that read written values in `con`."""
    con.execute(_MACROS.read_text())


def typed(rows: duckdb.DuckDBPyRelation, name: str, table: TableMapping) -> duckdb.DuckDBPyRelation:
    """Return the delivered rows of table `name` with every canonical column, typed."""
    return rows.filter(_Notation(name, table).belongs()).select(*_Notation(name, table).columns())


class _Notation:
    """The expressions of one table. Column n of the source is called `s<n>`."""

    def __init__(self, name: str, table: TableMapping) -> None:
        self._table = TABLES[name]
        self._mapping = table
        self._written = table.written if table.rows is None else Written()
        self._wanted = wanted_columns(name, table)
        self._values = dict(table.columns)
        if table.rows is not None:
            self._values = {column: Value(column=column) for column in self._wanted}
        for one, other in (("amount", "open_amount"), ("open_amount", "amount")):
            if name in {"open_items", "payments"} and one not in self._values:
                self._values[one] = self._values[other]

    def belongs(self) -> Expression:
        """Return the condition `where` of the mapping; true when there is none."""
        condition = ConstantExpression(True)  # a constant of the query
        for column, words in self._mapping.where.items():
            found = self._said(column)
            condition = condition & found.isin(*[ConstantExpression(word) for word in words])
        return condition

    def columns(self) -> list[Expression]:
        """Return every column of the staged table."""
        made = [ColumnExpression(name) for name in _PROVENANCE]
        for column in self._table.columns:
            if self._table.name == "payments" and column.name == "open_amount":
                continue
            made += _READERS[column.type](self, column.name, self._text(column))
        opens = self._mapping.open_when
        for name, value in (
            ("issued_on", opens and opens.issued),
            ("settled_on", opens and opens.settled),
        ):
            text = self._of(value) if value else _nothing()
            made += self._day(name, text, value.date if value else None)
        return made

    def _text(self, column: Column) -> Expression:
        value = self._values.get(column.name)
        if value is not None:
            return self._of(value)
        parts = MADE_KEYS.get((self._table.name, column.name))
        if parts is None:
            return _nothing()
        columns = [self._table.column(part) for part in parts]
        texts = [
            _call("in_short", self._text(one)) if one.personal else self._text(one)
            for one in columns  # a key is shown and kept where a person's name is not
        ]
        if column.name != "item":
            texts = [_call("or_nothing", text) for text in texts]
        return _joined(texts, "/")

    def _of(self, value: Value) -> Expression:
        """Return the text that `value` describes, before it is typed."""
        if value.constant is not None:
            return ConstantExpression(value.constant)
        if value.fields is not None:
            pairs = [(ConstantExpression(k), self._said(c)) for k, c in value.fields.items()]
            return _call("json_object", *[part for pair in pairs for part in pair]).cast("varchar")
        if value.join is not None:
            parts = [
                ConstantExpression(part[1:-1]) if is_literal(part) else self._said(part)
                for part in value.join
            ]
            return _joined(parts, value.separator)
        return self._translated(self._said(value.column or ""), value)

    def _translated(self, said: Expression, value: Value) -> Expression:
        if value.values is None:
            return said
        ours = [_word(word) for word in value.values.values()]
        lists = (ConstantExpression(list(value.values)), ConstantExpression(ours))
        if value.otherwise is None:
            return _call("translated", said, *lists)
        return _call("translated_or", said, *lists, ConstantExpression(value.otherwise))

    def _said(self, column: str) -> Expression:
        empty = ConstantExpression(list(self._written.empty_words) or [""])
        return _call("said", ColumnExpression(f"s{self._wanted.index(column)}"), empty)

    def _words(self, name: str, text: Expression) -> list[Expression]:
        return [text.cast("varchar").alias(name)]

    def _day(self, name: str, text: Expression, form: str | None = None) -> list[Expression]:
        value = self._values.get(name)
        form = form or (value.date if value else None) or self._written.date
        if value is not None and value.constant is not None:
            form = "%Y-%m-%d"
        text = text.cast("varchar")
        serial = form == EXCEL_SERIAL
        day = _call("serial_day", text) if serial else _call("written_day", text, _constant(form))
        return [day.cast("date").alias(name), text.alias(f"{name}_text")]

    def _money(self, name: str, text: Expression) -> list[Expression]:
        text = text.cast("varchar")
        written = self._written
        negative = [_constant(way in written.negative) for way in ("parentheses", "trailing_minus")]
        line = _call("amount_minus", _call("amount_line", text), *negative)
        shape = amount_shape(written.decimal, written.thousands)
        marks = (_constant(shape), _constant(written.thousands), _constant(written.decimal))
        plain = _call("amount_plain", _call("amount_digits", line), *marks)
        return [
            _call("amount_of", plain, self._turned(name)).cast("decimal(18,3)").alias(name),
            text.alias(f"{name}_text"),
            plain.alias(f"{name}_plain"),
            _call("amount_currency", line).alias(f"{name}_currency"),
        ]

    def _turned(self, name: str) -> Expression:
        """Return whether the sign of an amount is to be turned."""
        if self._table.name not in {"open_items", "payments"} or name not in _SIGNED_COLUMNS:
            return _constant(False)
        if self._mapping.sign == "by_kind":
            kind = self._text(self._table.column("kind"))
            return kind.isin(*[ConstantExpression(str(kind)) for kind in sorted(CREDIT_KINDS)])
        return _constant(self._mapping.sign == "reversed")

    def _flag(self, name: str, text: Expression) -> list[Expression]:
        text = text.cast("varchar")
        return [_call("yes_or_no", text).alias(name), text.alias(f"{name}_text")]


_READERS: dict[str, Callable[[_Notation, str, Expression], list[Expression]]] = {
    "text": _Notation._words,
    "day": _Notation._day,
    "money": _Notation._money,
    "flag": _Notation._flag,
}


def wanted_columns(name: str, table: TableMapping) -> tuple[str, ...]:
    """Return the columns of the source that are staged, in the order of `s0`, `s1` …"""
    if table.rows is None:
        return table.source_columns()
    return tuple(c.name for c in TABLES[name].columns if any(c.name in row for row in table.rows))


def amount_shape(decimal: str, thousands: str) -> str:
    """Return the whole-value pattern of an amount: digits, or groups of three, then decimals."""
    group = f"[ {re.escape(thousands)}]" if thousands.strip() else "[ ]"
    return rf"-?(\d{{1,3}}({group}\d{{3}})+|\d+)({re.escape(decimal)}\d+)?"


def _constant(value: str | bool) -> Expression:
    return ConstantExpression(value)


def _word(word: str | bool) -> str:
    return str(word).lower() if isinstance(word, bool) else word


def _nothing() -> Expression:
    return ConstantExpression(None).cast("varchar")


def _call(name: str, *arguments: Expression) -> Expression:
    return FunctionExpression(name, *arguments)


def _joined(parts: list[Expression], separator: str) -> Expression:
    """Return the parts joined; empty as soon as one is."""
    whole = parts[0]
    for part in parts[1:]:
        whole = _call("joined", whole, ConstantExpression(separator), part)
    return whole
