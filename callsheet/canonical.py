"""The canonical input tables: what a source is mapped to, and what a snapshot holds.

Every table of a snapshot also carries `mark` (text, null when the row is good): `kept` means the
delivered row was quarantined and this is its last good version.
"""

from dataclasses import dataclass
from typing import Literal

ColumnType = Literal["text", "day", "money", "flag", "number", "moment"]

# DuckDB type of each column type. Three decimals hold every ISO 4217 currency we accept.
DUCKDB_TYPE: dict[ColumnType, str] = {
    "text": "varchar",
    "day": "date",
    "money": "decimal(18,3)",
    "flag": "boolean",
    "number": "bigint",
    "moment": "timestamptz",
}


@dataclass(frozen=True)
class Column:
    """One column: its type, whether a row without it is bad, whether it names a person."""

    name: str
    type: ColumnType = "text"
    required: bool = False
    personal: bool = False


@dataclass(frozen=True)
class Table:
    """One canonical table; `key` identifies a row within one entity's group."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        """Return the column called `name`; KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name}")


def _columns(spec: str) -> tuple[Column, ...]:
    """Read `name:type` words; `!` marks required, `@` personal."""
    columns = []
    for word in spec.split():
        name, _, type_ = word.strip("!@").partition(":")
        columns.append(
            Column(name, type_ or "text", required="!" in word, personal="@" in word)  # type: ignore[arg-type]  # literals below
        )
    return tuple(columns)


TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table("entities", ("entity",), _columns(
            "entity! name! currency! time_zone! calendar! language"
            " sending_from sending_until sender_name sender_email reply_to credit_manager"
            " bank_name iban bic address_line1 address_line2 postcode city country registration")),
        Table("customers", ("customer",), _columns(
            "customer! name!@ language country nature risk_class size payment_method"
            " payer_profile head_account collector sales_manager registration custom")),
        Table("assignments", ("customer", "entity"), _columns(
            "customer! entity scenario!")),
        Table("contacts", ("contact",), _columns(
            "contact! customer! role name@ email@ phone@ mobile@ fax@ language"
            " is_collection:flag")),
        Table("addresses", ("customer", "kind"), _columns(
            "customer! kind! name@ line1@ line2@ postcode city country")),
        Table("colleagues", ("colleague",), _columns(
            "colleague! name! role email phone language")),
        Table("open_items", ("item",), _columns(
            "item! customer! entity! number! kind! issue_date:day due_date:day currency!"
            " amount:money! open_amount:money! applies_to order_reference document_link")),
        Table("payments", ("item",), _columns(
            "item! customer! entity! number! kind! issue_date:day due_date:day currency!"
            " amount:money! paid_on:day!")),
        Table("disputes", ("dispute",), _columns(
            "dispute! customer! entity item! amount:money reason resolver"
            " from_day:day! until_day:day recorded_on:day on_return outcome")),
        Table("specific_actions", ("specific_action",), _columns(
            "specific_action! customer! entity item! kind amount:money promised_on:day"
            " from_day:day! until_day:day recorded_on:day on_return")),
        Table("holds", ("hold",), _columns(
            "hold! customer! entity item reason from_day:day! until_day:day"
            " recorded_on:day on_return")),
        Table("insolvencies", ("insolvency",), _columns(
            "insolvency! customer! entity kind from_day:day! until_day:day recorded_on:day")),
        Table("merged_customers", ("old_customer",), _columns(
            "old_customer! customer! merged_on:day")),
        Table("opening_position", ("customer", "entity", "leader", "step"), _columns(
            "customer! entity! scenario! step! day:day! leader!")),
    )
}  # fmt: skip
