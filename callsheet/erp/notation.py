"""How the text of a source becomes the typed columns of a canonical table, as one projection.

The projection is built from expressions, not from text, so no column name can be misread as SQL.
"""

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import duckdb
from duckdb import (
    CaseExpression,
    ColumnExpression,
    ConstantExpression,
    Expression,
    FunctionExpression,
    StarExpression,
)

from callsheet.canonical import TABLES, Column
from callsheet.erp.mapping import (
    EXCEL_SERIAL,
    MADE_KEYS,
    TableMapping,
    Value,
    Written,
    is_literal,
)
from callsheet.erp.one_form import PLACE, adds_plain_text, in_one_form
from callsheet.vocabulary import CREDIT_KINDS

_MACROS = Path(__file__).parents[1] / "sql" / "validation" / "notation.sql"
_SIGNED_COLUMNS = {"amount", "open_amount"}
_PROVENANCE = (*PLACE, "is_plain")


def define_notation(con: duckdb.DuckDBPyConnection) -> None:
    """Create the macros that read written values in `con`."""
    con.execute(_MACROS.read_text())


def typed(rows: duckdb.DuckDBPyRelation, name: str, table: TableMapping) -> duckdb.DuckDBPyRelation:
    """Return the delivered rows of table `name` with every canonical column, typed.

    One projection after the other: what is read in several ways is made once and read from there.
    """
    notation = _Notation(name, table)
    rows = in_one_form(rows, len(notation.wanted), notation.written.empty_words)
    rows = rows.filter(notation.belongs())
    for projection in (notation.texts, notation.shapes, notation.lines, notation.plains):
        rows = rows.select(*projection())
    return rows.select(*notation.columns())


class _Notation:
    """The expressions of one table, a projection after the other.

    Column n of the source is called `s<n>`; a canonical column is called `<column>_text` first,
    whatever its type. Beside the text of an amount come `_is_digits`, `_line` and `_plain`.
    """

    def __init__(self, name: str, table: TableMapping) -> None:
        self._table = TABLES[name]
        self._mapping = table
        self.written = table.written if table.rows is None else Written()
        self.wanted = wanted_columns(name, table)
        self._values = dict(table.columns)
        if table.rows is not None:
            self._values = {column: Value(column=column) for column in self.wanted}
        for one, other in (("amount", "open_amount"), ("open_amount", "amount")):
            if name in {"open_items", "payments"} and one not in self._values:
                self._values[one] = self._values[other]
        opens = table.open_when
        self._history = {
            "issued_on": opens.issued if opens else None,
            "settled_on": opens.settled if opens else None,
        }
        self._amounts = [column.name for column in self._table.columns if column.type == "money"]

    def belongs(self) -> Expression:
        """Return the condition `where` of the mapping; true when there is none."""
        condition = ConstantExpression(True)  # a constant of the query
        for column, words in self._mapping.where.items():
            found = self._said(column)
            condition = condition & found.isin(*[ConstantExpression(word) for word in words])
        return condition

    def texts(self) -> list[Expression]:
        """Return every canonical column as text."""
        texts = {column.name: self._text(column) for column in self._table.columns}
        for name, value in self._history.items():
            texts[name] = self._of(value) if value else _nothing()
        made = [text.cast("varchar").alias(f"{name}_text") for name, text in texts.items()]
        plain = ColumnExpression("is_plain") & _constant(adds_plain_text(self._mapping))
        return [*_as_they_are(PLACE), plain.alias("is_plain"), *made]

    def shapes(self) -> list[Expression]:
        """Return every text, and of an amount whether it is of digits and marks alone."""
        made = [_call("is_digits", _of_amount(name, "text")) for name in self._amounts]
        return self._beside("is_digits", made)

    def lines(self) -> list[Expression]:
        """Return the same, and of an amount the line of text that it is read from."""
        ways = ("parentheses", "trailing_minus")
        negative = [_constant(way in self.written.negative) for way in ways]
        made = []
        for name in self._amounts:
            text = _of_amount(name, "text")
            line = _call("amount_minus", _call("amount_line", text), *negative)
            made.append(_if_digits(name, text, line))
        return self._beside("line", made)

    def plains(self) -> list[Expression]:
        """Return the same, and of an amount the number with a decimal point, as text."""
        written = self.written
        shape = amount_shape(written.decimal, written.thousands)
        marks = (_constant(shape), _constant(written.thousands), _constant(written.decimal))
        made = []
        for name in self._amounts:
            line = _of_amount(name, "line")
            digits = _if_digits(name, line, _call("amount_digits", line))
            made.append(_call("amount_plain", digits, *marks))
        return self._beside("plain", made)

    def columns(self) -> list[Expression]:
        """Return every column of the staged table."""
        made = _as_they_are(_PROVENANCE)
        for column in self._table.columns:
            made += _READERS[column.type](self, column.name)
        for name, value in self._history.items():
            made += self._day(name, value.date if value else None)
        return made

    def _beside(self, end: str, made: list[Expression]) -> list[Expression]:
        named = zip(self._amounts, made, strict=True)
        return [StarExpression(), *[one.alias(f"{name}_{end}") for name, one in named]]

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
        return ColumnExpression(f"s{self.wanted.index(column)}")

    def _words(self, name: str) -> list[Expression]:
        return [ColumnExpression(f"{name}_text").alias(name)]

    def _written_day(self, name: str) -> list[Expression]:
        value = self._values.get(name)
        if value is not None and value.constant is not None:
            return self._day(name, "%Y-%m-%d")
        return self._day(name, value.date if value else None)

    def _day(self, name: str, form: str | None) -> list[Expression]:
        form = form or self.written.date
        text = ColumnExpression(f"{name}_text")
        serial = form == EXCEL_SERIAL
        day = _call("serial_day", text) if serial else _call("written_day", text, _constant(form))
        return [day.cast("date").alias(name), text]

    def _money(self, name: str) -> list[Expression]:
        plain = _of_amount(name, "plain")
        currency = _call("amount_currency", _of_amount(name, "line"))
        return [
            _call("amount_of", plain, self._turned(name)).cast("decimal(18,3)").alias(name),
            _of_amount(name, "text"),
            plain,
            _if_digits(name, _nothing(), currency).alias(f"{name}_currency"),
        ]

    def _turned(self, name: str) -> Expression:
        """Return whether the sign of an amount is to be turned."""
        if self._table.name not in {"open_items", "payments"} or name not in _SIGNED_COLUMNS:
            return _constant(False)
        if self._mapping.sign == "by_kind":
            credit = [ConstantExpression(str(kind)) for kind in sorted(CREDIT_KINDS)]
            return ColumnExpression("kind_text").isin(*credit)
        return _constant(self._mapping.sign == "reversed")

    def _flag(self, name: str) -> list[Expression]:
        text = ColumnExpression(f"{name}_text")
        return [_call("yes_or_no", text).alias(name), text]


_READERS: dict[str, Callable[[_Notation, str], list[Expression]]] = {
    "text": _Notation._words,
    "day": _Notation._written_day,
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


def _as_they_are(names: Iterable[str]) -> list[Expression]:
    return [ColumnExpression(name) for name in names]


def _of_amount(name: str, end: str) -> Expression:
    return ColumnExpression(f"{name}_{end}")


def _if_digits(name: str, one: Expression, other: Expression) -> Expression:
    """Return `one` for an amount of digits and marks alone, which most are, else `other`."""
    return CaseExpression(_of_amount(name, "is_digits"), one).otherwise(other)


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
