"""Assignment predicates: what a person may write about a customer, and nothing else.

The text is parsed and each node of its tree must be on a short list: the columns given, values,
comparisons, `and`/`or`/`not`, plus and minus, and about twenty pure functions. What passes is
written again as canonical DuckDB SQL, so DuckDB never sees the words a person typed. Then each
part is tried on a made-up customer in a DuckDB that reaches nothing outside itself.
"""

import re
from collections.abc import Collection
from functools import lru_cache

import duckdb
import sqlglot
from sqlglot import exp

from callsheet.errors import ConfigurationInvalid
from callsheet.in_memory import in_memory

TEXT_LIMIT = 2_000
NODE_LIMIT = 300
DEPTH_LIMIT = 40

# What a rule may look at (R1). `custom.<name>` reaches a field of the customer's custom JSON. Names
# are sealed: who is decided upon has a number, no name.
CUSTOMER_COLUMNS = frozenset(
    {"customer", "entity", "language", "country", "nature", "risk_class", "size"}
    | {"payment_method", "payer_profile", "head_account", "collector", "sales_manager"}
)

_OPERATORS = (
    exp.And, exp.Or, exp.Not, exp.Paren, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE,
    exp.Is, exp.In, exp.Between, exp.Like, exp.ILike, exp.Add, exp.Sub, exp.Neg,
    exp.Case, exp.If, exp.TryCast, exp.DataType, exp.DataTypeParam,
)  # fmt: skip
_FUNCTIONS = (
    exp.Lower, exp.Upper, exp.Trim, exp.Length, exp.Left, exp.Right, exp.Substring,
    exp.StartsWith, exp.EndsWith, exp.Contains, exp.StrPosition, exp.Coalesce, exp.Nullif,
    exp.Abs, exp.Round, exp.Floor, exp.Ceil, exp.Greatest, exp.Least, exp.Reverse,
)  # fmt: skip
_VALUES = (exp.Literal, exp.Boolean, exp.Null, exp.Column, exp.Identifier, exp.Var)
ALLOWED = frozenset(_OPERATORS + _FUNCTIONS + _VALUES)
_TYPES = frozenset({"BIGINT", "INT", "DECIMAL", "DATE"})

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


class PredicateRefused(ConfigurationInvalid):
    """A condition that may not be used: what is wrong, what was found, what to do."""

    def __init__(self, text: str, what: str, found: str, do: str) -> None:
        shown = text if len(text) <= 80 else text[:77] + "…"
        super().__init__(
            f"condition {shown!r}: {what}\n  found        {found}\n  do           {do}"
        )
        self.what, self.found, self.do = what, found, do


def check(text: str, columns: Collection[str] = CUSTOMER_COLUMNS) -> str:
    """Return `text` as canonical, safe DuckDB SQL; PredicateRefused when it is not allowed.

    `columns` are the names it may use, all text; `custom.<name>` reads a custom field as text. An
    unknown value makes the condition unknown, which is not true.
    """
    return _checked(text, frozenset(columns))


@lru_cache(maxsize=1000)  # a rule is read again with every configuration, and DuckDB is asked
def _checked(text: str, columns: frozenset[str]) -> str:
    tree = _parse(text)
    for number, node in enumerate(tree.walk()):
        if number > NODE_LIMIT or node.depth > DEPTH_LIMIT:
            raise _refusal(text, "the condition is too large", f"more than {NODE_LIMIT} parts")
        _check_node(text, node, columns)
    _try_out(text, tree, columns)
    return _canonical(tree)


def _parse(text: str) -> exp.Expression:
    """Return the one expression of `text`."""
    if len(text) > TEXT_LIMIT:
        raise _refusal(text, "the condition is too long", f"{len(text)} characters")
    if not text.replace("\n", " ").replace("\t", " ").isprintable():
        raise _refusal(text, "control characters in the condition", repr(text[:60]))
    try:
        trees = sqlglot.parse(f"select {text}", read="duckdb")
    except (sqlglot.errors.SqlglotError, RecursionError) as problem:
        raise _refusal(text, "not a condition", str(problem).splitlines()[0][:120]) from problem
    select = trees[0] if len(trees) == 1 else None
    if not isinstance(select, exp.Select) or len(select.expressions) != 1:
        raise _refusal(text, "one condition is wanted", "none, or several")
    clauses = [name for name, part in select.args.items() if part and name != "expressions"]
    if clauses:
        raise _refusal(text, "a condition is wanted, not a query", ", ".join(clauses).strip("_"))
    if any(node.comments for node in select.walk()):
        raise _refusal(text, "comments are not allowed here", "a comment")
    condition: exp.Expression = select.expressions[0]
    return condition


def _check_node(text: str, node: exp.Expression, columns: Collection[str]) -> None:
    """Refuse a node that is not on the list."""
    if type(node) not in ALLOWED:
        name = str(node.name) if isinstance(node, exp.Anonymous) else type(node).__name__.lower()
        raise _refusal(text, "not on the list of what a rule may use", name)
    if isinstance(node, exp.In) and not node.expressions:
        raise _refusal(text, "a list of values is wanted after `in`", "something else")
    if isinstance(node, exp.DataType) and node.this.name not in _TYPES:
        raise _refusal(text, "a value is tried as bigint, decimal or date", node.sql("duckdb"))
    if isinstance(node, exp.Var) and not isinstance(node.parent, exp.DataTypeParam):
        raise _refusal(text, "not on the list of what a rule may use", node.sql("duckdb"))
    if isinstance(node, exp.Column):
        _check_column(text, node, columns)


def _check_column(text: str, node: exp.Column, columns: Collection[str]) -> None:
    """Refuse a name that is no column of the customer."""
    found = node.sql("duckdb")
    if node.args.get("db") or not isinstance(node.this, exp.Identifier):
        raise _refusal(text, "a column has one name", found)
    if node.table == "custom":
        if not _NAME.fullmatch(node.name):
            raise _refusal(text, "a custom field is named in small letters", found)
    elif node.table or node.name not in columns:
        do = f"use one of: {', '.join(sorted(columns))}, custom.<name>"
        raise PredicateRefused(text, "unknown column", found, do)


def _try_out(text: str, tree: exp.Expression, columns: Collection[str]) -> None:
    """Refuse what DuckDB cannot evaluate for a customer whose every attribute is a word.

    Each part is tried by itself, or a comparison of a word with a number would hide behind an
    `or` until a customer came along for whom it stops the whole run.
    """
    row = ", ".join(f"'x' as {_quoted(column)}" for column in sorted(columns))
    parts = [node for node in tree.walk() if isinstance(node, exp.Condition)]
    with in_memory() as con:
        con.execute("set enable_external_access = false")
        con.execute("set lock_configuration = true")
        con.execute(f"create table customer_of_paper as select {row}, '{{}}' as custom")
        for part in parts:
            wanted = "boolean" if part is tree else ""
            try:
                con.execute(f"select {_canonical(part)} from customer_of_paper").fetchall()  # noqa: S608  # checked node by node above
                kind = str(con.description[0][1]).lower() if con.description else ""
            except duckdb.Error as problem:
                found = str(problem).splitlines()[0][:120]
                raise _refusal(text, "DuckDB cannot evaluate it", found) from problem
            if wanted and kind not in ("boolean", "bool"):
                raise _refusal(text, "a condition is true or false", f"a value of type {kind}")


def _canonical(tree: exp.Expression) -> str:
    """Return the tree as DuckDB SQL, custom fields read from the JSON text of `custom`."""

    def reach(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Column) and node.table == "custom":
            # A customer whose JSON is broken has no custom fields; nobody else is held up by it.
            reading = f"case when json_valid(custom) then custom ->> '$.{node.name}' end"
            return sqlglot.parse_one(reading, read="duckdb")
        return node

    return str(tree.copy().transform(reach).sql("duckdb", comments=False))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _refusal(text: str, what: str, found: str) -> PredicateRefused:
    do = "write a condition on the customer, such as nature = 'public' and country in ('FR', 'BE')"
    return PredicateRefused(text, what, found, do)
