"""A person's query, made into a page, a count or a header without gluing any text to it."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import TextClause

from callsheet.errors import ConfigurationInvalid

_SHIPPED = Path(__file__).parents[1] / "sql" / "erp"
_SHIPPED_MARK = "shipped:"
_HEAD = re.compile(r"\A(\s*--[^\n]*\n|\s*/\*.*?\*/|\s+)+", re.DOTALL)
_BEGINS = re.compile(r"\s*(select|with)\b", re.IGNORECASE)
_PARAMETERS = ("since", "as_of", "companies")


@dataclass(frozen=True)
class Query:
    """One select that gives the rows of a table; `:since`, `:as_of` and `:companies` are ours."""

    name: str
    text: str

    @property
    def knows_changes(self) -> bool:
        """Say whether it can be asked for what changed since a moment."""
        return ":since" in self.text

    def nothing(self, parameters: dict[str, Any]) -> sa.Select[Any]:
        """Return the statement that gives its columns and no row."""
        return sa.select(sa.literal_column("*")).select_from(self._source([], parameters)).limit(0)

    def counted(self, parameters: dict[str, Any]) -> sa.Select[Any]:
        """Return the statement that counts its rows."""
        return sa.select(sa.func.count()).select_from(self._source([], parameters))

    def page(
        self,
        header: tuple[str, ...],
        parameters: dict[str, Any],
        *,
        key: str | None,
        after: object,
        size: int | None,
        where: tuple[str, tuple[str, ...]] | None = None,
    ) -> sa.Select[Any]:
        """Return the statement that gives `size` rows after `after` (None: all), by the key."""
        source = self._source(header, parameters)
        statement = sa.select(*[source.c[name] for name in header])
        if where is not None:
            column, words = where
            statement = statement.where(sa.cast(source.c[column], sa.String).in_(words))
        if key is None:
            return statement
        if after is not None:
            statement = statement.where(source.c[key] > after)
        return statement.order_by(source.c[key]).limit(size)

    def _source(self, header: tuple[str, ...] | list[str], parameters: dict[str, Any]) -> Any:
        """Return the query as something to select from, its parameters bound."""
        known = {name: parameters[name] for name in _PARAMETERS if f":{name}" in self.text}
        text: TextClause = sa.text(self.text).bindparams(**known)
        return text.columns(*[sa.column(name) for name in header]).subquery("rows_of_the_query")


def load_query(folder: Path, name: str) -> Query:
    """Return the query in the file `name`, beside the source's own file or shipped with us."""
    shipped = name.startswith(_SHIPPED_MARK)
    path = _SHIPPED / name.removeprefix(_SHIPPED_MARK) if shipped else folder / name
    if not shipped and path.resolve().parent != folder.resolve():
        raise _refused(name, "a query lies beside the source's file", "a path")
    try:
        text = path.read_text("utf-8")
    except OSError as problem:
        raise _refused(name, "the query cannot be read", problem.strerror or "nothing") from problem
    text = _HEAD.sub("", text).strip().rstrip(";") + "\n"  # its last line may be a comment
    for parameter in _PARAMETERS:
        text = text.replace(f"${parameter}", f":{parameter}")
    if not _BEGINS.match(text) or ";" in text:
        raise _refused(name, "not one single select", text[:40] or "nothing")
    return Query(name.removeprefix(_SHIPPED_MARK), text)


def _refused(name: str, what: str, found: str) -> ConfigurationInvalid:
    return ConfigurationInvalid(
        f"{name}: {what}\n  found        {found}\n"
        "  do           write one select, without a semicolon, in a file beside the source's"
    )
