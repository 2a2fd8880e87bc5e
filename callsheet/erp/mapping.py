"""The mapping of a source: the customer's own columns and notations, in the words of ours.

Everything is declared, nothing is guessed. `docs/your-extract.md` explains the file.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from callsheet.canonical import TABLES, Table
from callsheet.erp.connection import AnyConnection

Sign = Literal["signed", "by_kind", "reversed"]
Negative = Literal["minus", "parentheses", "trailing_minus"]
EXCEL_SERIAL = "excel_serial"
_ONE_MARK = r"^[^\r\n\x00]$"

# A key that the source does not have is made of these columns, joined by a slash.
MADE_KEYS: dict[tuple[str, str], tuple[str, ...]] = {
    ("open_items", "item"): ("entity", "number"),
    ("payments", "item"): ("entity", "number"),
    ("contacts", "contact"): ("customer", "role", "email"),
    ("disputes", "dispute"): ("item", "from_day"),
    ("specific_actions", "specific_action"): ("item", "kind", "from_day"),
    ("holds", "hold"): ("customer", "entity", "item", "from_day"),
    ("insolvencies", "insolvency"): ("customer", "entity", "from_day"),
}


class Part(BaseModel):
    """A part of the mapping; a key it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Trailer(Part):
    """The last line of a file, which says how many rows it has."""

    starts_with: str
    count_column: int = Field(ge=1)  # counted from 1


class Written(Part):
    """How a file is written down. Said once for all tables, and again where one differs."""

    format: Literal["csv", "parquet", "xlsx"] | None = None  # None: as the file's ending says
    encoding: str = "utf-8"
    delimiter: tuple[Annotated[str, Field(pattern=_ONE_MARK)], ...] = (",",)
    quote: str = Field(default='"', pattern=_ONE_MARK)
    skip_lines: int = Field(default=0, ge=0)
    sheet: str | None = None
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ".", ",", "'", " "] = ""  # spaces of all kinds are always understood
    negative: tuple[Negative, ...] = ("minus",)
    date: str = "%Y-%m-%d"
    empty_words: tuple[str, ...] = ()
    trailer: Trailer | None = None
    allow_empty: bool = False
    max_line: int = Field(default=1_000_000, ge=1_000)  # characters
    max_lines_per_row: int = Field(default=20, ge=1)
    max_expanded_mb: int = Field(default=2_000, ge=1)

    @model_validator(mode="before")
    @classmethod
    def _one_delimiter_is_a_list(cls, content: object) -> object:
        if isinstance(content, dict) and isinstance(content.get("delimiter"), str):
            return {**content, "delimiter": [content["delimiter"]]}
        return content


class Value(Part):
    """Where the value of one column comes from: exactly one of column, constant, join, fields."""

    column: str | None = None
    constant: str | None = None
    join: tuple[str, ...] | None = None  # columns of the source, or 'words in quotes'
    separator: str = "/"
    fields: dict[str, str] | None = None  # custom fields: our name → column of the source
    values: dict[str, str | bool] | None = None  # the source's word → ours
    otherwise: str | None = None  # for a word that `values` does not know; absent: kept as it is
    date: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _a_word_is_a_column(cls, content: object) -> object:
        return {"column": content} if isinstance(content, str) else content

    @model_validator(mode="after")
    def _exactly_one_origin(self) -> "Value":
        origins = (self.column, self.constant, self.join, self.fields)
        if sum(origin is not None for origin in origins) != 1:
            raise ValueError("write exactly one of column, constant, join, fields")
        return self

    def source_columns(self) -> tuple[str, ...]:
        """Return the columns of the source that this value is read from."""
        if self.column is not None:
            return (self.column,)
        if self.fields is not None:
            return tuple(self.fields.values())
        return tuple(part for part in self.join or () if not is_literal(part))


def is_literal(part: str) -> bool:
    """Say whether a part of `join` is words in single quotes rather than a column."""
    return len(part) >= 2 and part[0] == part[-1] == "'"


class IdRule(Part):
    """What an id looks like: what Excel did to it is found by its length."""

    length: int | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None  # of the whole id


class OpenWhen(Part):
    """For an extract that carries history: a row is open on a day d when issued <= d < settled.

    Without `settled` a row is known from `issued` on. Settled open items become `payments`.
    """

    issued: Value
    settled: Value | None = None


class AmountRange(Part):
    """An absurd amount: above `most`, or above `times` the customer's largest from `floor` on."""

    most: int = 1_000_000_000
    times: int = 10
    floor: int = 1_000_000


class DateRange(Part):
    """How far a day may lie from the as-of day."""

    years_back: int = 10
    years_ahead: int = 3


class TableMapping(Part):
    """Where one canonical table is read from, and how; or its `rows`, written right here."""

    file: str | None = None
    files: Literal["one", "all", "last"] = "one"  # when several match
    rows: tuple[dict[str, str | bool], ...] | None = None
    query: str | None = None  # of a database: a file beside this one
    key: str | None = None  # the unique column of the query by which its pages are cut
    path: str | None = None  # of a REST service
    optional: bool = False  # the file may be absent
    mode: Literal["stock", "delta"] | None = None
    columns: dict[str, Value] = {}
    where: dict[str, tuple[str, ...]] = {}  # only rows whose column has one of these words
    one_per_key: bool = False  # the first row of a key counts, later ones are duplicates
    open_when: OpenWhen | None = None
    sign: Sign = "signed"
    amount_range: AmountRange = AmountRange()
    date_range: DateRange = DateRange()
    due_before_issue: Literal["hold", "accept"] = "hold"
    written: Written = Written()

    @model_validator(mode="after")
    def _one_origin(self) -> "TableMapping":
        origins = (self.file, self.rows, self.query, self.path)
        if sum(origin is not None for origin in origins) != 1:
            raise ValueError("write exactly one of file, rows, query, path")
        if self.file is not None and ("/" in self.file or "\\" in self.file or ".." in self.file):
            raise ValueError("file is a name inside the source's folder, not a path")
        return self

    def source_columns(self) -> tuple[str, ...]:
        """Return every column of the source that is read, once each, in order of mention."""
        values = list(self.columns.values())
        if self.open_when:
            values += [v for v in (self.open_when.issued, self.open_when.settled) if v]
        named = [name for value in values for name in value.source_columns()]
        return tuple(dict.fromkeys([*named, *self.where]))


class Confirmed(Part):
    """A person's yes to a row that is held: an owner who changed, an item that came back."""

    code: Literal["owner_changed", "reopened"]
    key: str
    by: str
    on: str


class Pull(Part):
    """When a delivery is complete."""

    stable_seconds: float = Field(default=2.0, ge=0)
    attempts: int = Field(default=3, ge=1)
    done_marker: str | None = None


class Mapping(Part):
    """One source: what it covers, how its files are written, and where each column comes from."""

    erp: AnyConnection | None = None  # None: a folder of files
    mode: Literal["stock", "delta"] = "stock"
    entities: tuple[str, ...] = ()  # empty: those of its `entities` table
    pull: Pull = Pull()
    ids: dict[str, IdRule] = {}  # by column: customer, number, item …
    tables: dict[str, TableMapping]
    confirmed: tuple[Confirmed, ...] = ()

    def mode_of(self, table: str) -> Literal["stock", "delta"]:
        """Return whether `table` is delivered whole or as changes."""
        return self.tables[table].mode or self.mode

    @property
    def carries_history(self) -> bool:
        """Say whether past days can be derived from one delivery."""
        return any(table.open_when for table in self.tables.values())


def missing_columns(name: str, mapping: TableMapping) -> list[str]:
    """Return the required columns of a table that nothing gives a value."""
    table: Table = TABLES[name]
    given = set(mapping.columns)
    if mapping.rows is not None:
        given = set.intersection(*(set(row) for row in mapping.rows)) if mapping.rows else set()
    given |= {column for (owner, column) in MADE_KEYS if owner == name}
    if given & {"amount", "open_amount"}:
        given |= {"amount", "open_amount"}
    return [c.name for c in table.columns if c.required and c.name not in given]
