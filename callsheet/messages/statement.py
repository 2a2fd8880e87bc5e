"""Account statements of a batch of accounts, read at once from a snapshot and the history."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from callsheet.messages.locale_formats import country_name
from callsheet.messages.statement_model import (
    Creditor,
    Earlier,
    Line,
    Person,
    Recipients,
    Section,
    Statement,
)
from callsheet.messages.statement_sections import sections_of
from callsheet.sealing.rows import PERSONAL, know
from callsheet.settings import DecisionSettings

__all__ = ["Statement", "WantedAccount", "statements"]

_SQL = Path(__file__).parents[1] / "sql" / "statement"
_TEMPORARY = ("account_items", "excluded_items", "placed_items", "known_units")
_BUSINESS = frozenset({"private", "public"})


@dataclass(frozen=True)
class WantedAccount:
    """An account whose statement is wanted. `leader` is an item id, '' when none leads."""

    unit: str
    customer: str  # the head account's customer
    entity: str  # '' when one customer is one unit
    leader: str = ""
    of: tuple[str, str] | None = None  # whose history counts: customer and entity, if another's

    @property
    def past(self) -> tuple[str, str]:
        """Return under which customer and entity its history was written."""
        return self.of or (self.customer, self.entity)


def statements(
    con: duckdb.DuckDBPyConnection,
    wanted: Sequence[WantedAccount],
    as_of: date,
    settings: DecisionSettings,
) -> dict[str, Statement]:
    """Return the statement of each wanted account on `as_of`, by unit.

    `con` must reach the snapshot's views (`lake.attach`) and the warehouse's tables `exclusion`,
    `action` and `event`. A few queries answer for all accounts; temporary tables are left behind
    and replaced by the next call.
    """
    _write_wanted(con, wanted, settings)
    for name in _TEMPORARY:
        _keep(con, name, as_of, settings)
    earlier = _earlier(con, as_of)
    claimed_before = {
        unit: {i for _, items in rows for i in items} for unit, rows in earlier.items()
    }
    lines = _rows_by(con, "unit", "select * from placed_items")
    names = _known_names(con, {one.customer for one in wanted}, lines)
    creditors = {row["entity"]: _creditor(row) for row in _rows(con, _query("creditors"))}
    contacts = {row["unit"]: row for row in _rows(con, _query("account_contacts"))}
    addresses = _rows_by(con, "customer", _query("postal_addresses"))
    colleagues = {row["colleague"]: _colleague(row) for row in _rows(con, "from colleagues")}
    made = {}
    for party in _rows(con, _query("account_parties")):
        unit = party["unit"]
        owners = {row["customer"] for row in lines.get(unit, ())} - {party["customer"]}
        members = {owner: names[owner] for owner in owners}
        sections = sections_of(
            lines.get(unit, ()), creditors, claimed_before.get(unit, set()), members
        )
        made[unit] = _statement(
            party,
            as_of,
            sections=sections,
            earlier=_still_meant(earlier.get(unit, ()), sections),
            recipients=_recipients(
                contacts.get(unit),
                addresses.get(party["customer"], ()),
                creditors.get(party["entity"]),
            ),
            colleagues=colleagues,
        )
    return made


def _write_wanted(
    con: duckdb.DuckDBPyConnection, wanted: Sequence[WantedAccount], settings: DecisionSettings
) -> None:
    """Write the wanted accounts and the smallest amounts as temporary tables."""
    columns = ("unit", "customer", "entity", "leader")
    values = {name: [getattr(one, name) for one in wanted] for name in columns}
    values["past_customer"], values["past_entity"] = (
        [one.past[place] for one in wanted] for place in (0, 1)
    )
    rows = pa.table({name: pa.array(found, pa.string()) for name, found in values.items()})
    minimum = settings.min_item if isinstance(settings.min_item, dict) else {}
    minima = pa.table(
        {
            "currency": pa.array(list(minimum), pa.string()),
            "minimum": pa.array(list(minimum.values()), pa.decimal128(18, 3)),
        }
    )
    for name, table in (("wanted_accounts", rows), ("item_minimum", minima)):
        con.register("incoming_rows", table)
        con.execute(f"create or replace temp table {name} as from incoming_rows")
        con.unregister("incoming_rows")


def _keep(
    con: duckdb.DuckDBPyConnection, name: str, as_of: date, settings: DecisionSettings
) -> None:
    """Keep the answer of a query as a temporary table of its name."""
    query = _query(name)
    default = 0 if isinstance(settings.min_item, dict) else settings.min_item
    known = {
        "as_of": as_of,
        "default_minimum": default,
        "leading_kinds": [str(kind) for kind in settings.leading_kinds],
    }
    used = {key: value for key, value in known.items() if f"${key}" in query}
    con.execute(f"create or replace temp table {name} as {query}", used)


@cache
def _query(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text(encoding="utf-8")


def _rows(
    con: duckdb.DuckDBPyConnection, sql: str, params: Mapping[str, object] | None = None
) -> list[dict[str, Any]]:
    """Return the rows of a query as mappings by column name."""
    found = con.execute(sql, params or {})
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _rows_by(
    con: duckdb.DuckDBPyConnection, column: str, sql: str
) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of a query by one of its columns, in the order of the query."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in _rows(con, sql):
        found[row[column]].append(row)
    return found


def _known_names(
    con: duckdb.DuckDBPyConnection,
    heads: Set[str],
    lines: Mapping[str, Sequence[Mapping[str, Any]]],
) -> dict[str, str]:
    """Open what is personal of the accounts; return how each customer with a line is called."""
    owners = {row["customer"] for rows in lines.values() for row in rows}
    for table in PERSONAL:
        know(con, table, heads | owners if table == "customers" else heads)
    found = dict(con.execute("select customer, name from known_customers").fetchall())
    return {one: f"{found[one]} ({one})" if found.get(one) else one for one in owners}


def _earlier(
    con: duckdb.DuckDBPyConnection, as_of: date
) -> dict[str, list[tuple[Earlier, frozenset[str]]]]:
    """Return the earlier reminders of each account with the items each was about."""
    by_unit: dict[str, list[tuple[Earlier, frozenset[str]]]] = defaultdict(list)
    for row in _rows(con, _query("earlier_reminders"), {"as_of": as_of}):
        reminder = Earlier(row["played_on"], row["channel"], row["step_title"], row["step"])
        about = frozenset(row["items"]) | ({row["leader"]} - {""})
        by_unit[row["unit"]].append((reminder, about))
    return by_unit


def _still_meant(
    reminders: Iterable[tuple[Earlier, frozenset[str]]], sections: Sequence[Section]
) -> tuple[Earlier, ...]:
    """Return the reminders about something that is claimed now."""
    claimed = {
        line.item for section in sections for claim in section.claims for line in claim.lines
    }
    return tuple(reminder for reminder, about in reminders if about & claimed)


def _creditor(row: Mapping[str, Any]) -> Creditor:
    town = f"{row['postcode']} {row['city']}".strip()
    address = tuple(part for part in (row["address_line1"], row["address_line2"], town) if part)
    kept = ("entity", "name", "currency", "language", "country", "registration", "bank_name")
    return Creditor(
        **{name: row[name] for name in kept}, address=address, iban=row["iban"], bic=row["bic"]
    )


def _colleague(row: Mapping[str, Any]) -> Person:
    return Person(
        name=row["name"],
        email=row["email"] or "",
        phone=row["phone"] or "",
        role=row["role"] or "",
        key=row["colleague"],
    )


def _recipients(
    contacts: Mapping[str, Any] | None,
    addresses: Iterable[Mapping[str, Any]],
    creditor: Creditor | None,
) -> Recipients:
    found = contacts or {}
    abroad = (creditor.country, creditor.language) if creditor else None
    postal = {row["kind"]: address_lines(row, abroad) for row in addresses}
    billing = postal.get("billing", ())
    return Recipients(
        email=_contact(found.get("by_email")),
        phone=_contact(found.get("by_phone")),
        mobile=_contact(found.get("by_mobile")),
        billing=billing,
        registered_office=postal.get("registered_office", billing),
    )


def _contact(fields: tuple[str, ...] | Mapping[str, str] | None) -> Person | None:
    if fields is None:
        return None
    values = fields.values() if isinstance(fields, Mapping) else fields
    return Person(*values)


def address_lines(row: Mapping[str, Any], sender: tuple[str, str] | None) -> tuple[str, ...]:
    """Return the lines of an envelope; the country only when it is not the sender's.

    `sender` is the creditor's country, and the language to name another one in.
    """
    town = f"{row['postcode']} {row['city']}".strip()
    country = row["country"]
    if sender is not None and country:
        from_country, language = sender
        country = country_name(country, language) if country != from_country else ""
    lines = (row["name"], row["line1"], row["line2"], town, country)
    return tuple(line for line in lines if line)


def _statement(
    party: Mapping[str, Any],
    as_of: date,
    *,
    sections: tuple[Section, ...],
    earlier: tuple[Earlier, ...],
    recipients: Recipients,
    colleagues: Mapping[str, Person],
) -> Statement:
    """Return one statement from what was read of its account."""
    manager = colleagues.get(party["credit_manager"])
    house = Person(party["sender_name"] or party["entity_name"], party["sender_email"])
    sender = colleagues.get(party["collector"]) or manager or house
    resolvers = (entry.resolver for section in sections for entry in section.apart)
    lines = (line for section in sections for claim in section.claims for line in claim.lines)
    return Statement(
        unit=party["unit"],
        customer=party["customer"],
        customer_name=party["customer_name"],
        entity=party["entity"],
        as_of=as_of,
        language=party["language"],
        entity_language=party["entity_language"],
        country=party["country"],
        is_business=party["nature"] in _BUSINESS,
        is_public=party["nature"] == "public",
        registration=party["registration"],
        leader=_leader(lines),
        sections=sections,
        earlier=earlier,
        recipients=recipients,
        sender=sender,
        sender_mail=sender.email or party["sender_email"],
        reply_to=party["reply_to"],
        credit_manager=manager,
        sales_manager=colleagues.get(party["sales_manager"]),
        resolver=next((colleagues[key] for key in resolvers if key in colleagues), None),
    )


def _leader(lines: Iterable[Line]) -> Line | None:
    return next((line for line in lines if line.is_leader), None)
