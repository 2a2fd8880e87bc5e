"""A source that is a Tryton server: its records, in the very columns its SQL queries give."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from functools import cached_property
from typing import Any

from callsheet.erp.connection import TrytonRpc
from callsheet.erp.json_rows import CountBetween, sheet_of
from callsheet.erp.mapping import Mapping
from callsheet.erp.record import Sheet
from callsheet.erp.source import EVERYTHING, Asked, Discovery, Progress, in_silence
from callsheet.erp.tryton import Domain, Row, TrytonSession, session

_SETTLED_DAYS = 180
_LINE = (
    "debit", "credit", "maturity_date", "amount_second_currency", "second_currency.code",
    "party.code", "move.number", "move.date", "move.company", "move.company.currency.code",
    "move.origin", "reconciliation.date",
)  # fmt: skip
_ADDRESS = (
    "party", "street_unstructured", "postal_code", "city", "country.code", "sequence", "invoice",
)  # fmt: skip
_MECHANISM = ("party", "type", "value", "sequence", "invoice")
_ITEM = (
    "line_id", "company", "party", "number", "kind", "issue_date", "due_date", "currency", "amount",
)  # fmt: skip
HEADERS: dict[str, tuple[str, ...]] = {
    "customers": ("party_id", "party", "name", "language", "country"),
    "contacts": ("party_id", "party", "name", "email", "phone", "mobile", "fax"),
    "addresses": ("party_id", "party", "name", "street", "postal_code", "city", "country"),
    "open_items": (*_ITEM, "open_amount", "reference"),
    "payments": (*_ITEM, "paid_on"),
    "holds": ("line_id", "company", "party", "from_day"),
}


@dataclass(frozen=True)
class TrytonSource:
    """A Tryton server. `secret` is the password of its user."""

    connection: TrytonRpc
    mapping: Mapping
    secret: str
    by_changes: frozenset[str] = frozenset({"open_items"})
    by_customer: frozenset[str] = frozenset({"open_items", "holds"})

    def discover(self) -> Discovery:
        """Sign in, and count the open lines."""
        with self._reading(date.min, in_silence) as tables:
            rows: dict[str, int | None] = dict.fromkeys(HEADERS)
            rows["open_items"] = tables.count("open_items")
            return Discovery(f"Tryton {tables.session.version()}", rows)

    def reading(self, as_of: date, progress: Progress = in_silence) -> Any:
        """Open a session; what changes while it is read is found by the count."""
        return self._reading(as_of, progress)

    @contextmanager
    def _reading(self, as_of: date, progress: Progress) -> Iterator["_Reading"]:
        with session(self.connection, self.secret) as opened:
            opened.context["company"] = self._first_company(
                opened
            )  # the party's words depend on it
            yield _Reading(self, opened, as_of, progress)

    def _first_company(self, opened: TrytonSession) -> int:
        asked = [int(company) for company in self.connection.companies]
        there = (row["id"] for page in opened.pages("company.company", [], ()) for row in page)
        return min(asked or there, default=0)


@dataclass
class _Reading:
    """A session in which the tables are read."""

    source: TrytonSource
    session: TrytonSession
    as_of: date
    progress: Progress
    delivery: str = ""

    def origins(self, name: str) -> tuple[str, ...]:
        """Return where a table comes from."""
        return (f"{self.source.connection.url}/{self.source.connection.database}",)

    def count(self, name: str) -> int | None:
        """Return how many lines are open; other tables are not counted beforehand."""
        if name != "open_items":
            return None
        return self.session.count("account.move.line", self._open_lines())

    def sheets(self, name: str, asked: Asked = EVERYTHING) -> Iterator[Sheet]:
        """Yield one table as one sheet, read page by page while it is used."""
        reader = _READERS[name]
        check = CountBetween(lambda: self.count(name) if asked.is_everything else None)
        written = self.source.mapping.tables[name].written
        told = lambda rows: self.progress(name, rows)  # noqa: E731
        yield sheet_of(HEADERS[name], reader(self, asked), written, check, told)

    # --- lines ---

    def open_items(self, asked: Asked) -> Iterator[Row]:
        """Yield the open lines; with `since`, those settled since as well, with nothing open."""
        for line in self._lines(self._lines_asked(asked)):
            line["open_amount"] = line["amount"] if line.pop("paid_on") is None else 0
            yield line

    def payments(self, _asked: Asked) -> Iterator[Row]:
        """Yield the lines that were settled lately."""
        return self._lines(self._settled_lines())

    def holds(self, asked: Asked) -> Iterator[Row]:
        """Yield the open lines that somebody blocked."""
        domain = [*self._lines_asked(asked), ["payment_blocked", "=", True]]
        for page in self.session.pages("account.move.line", domain, _LINE):
            for line in page:
                yield {**_place(line), "from_day": line["move."]["date"]}

    def _lines(self, domain: Domain) -> Iterator[Row]:
        for page in self.session.pages("account.move.line", domain, _LINE):
            invoices = self._invoices(page)
            for line in page:
                yield _line(line, invoices.get(line["move."]["id"]))

    def _invoices(self, lines: Sequence[Row]) -> dict[int, Row]:
        """Return the customer's invoice of each move that was made by one."""
        ids = {line["move."]["id"] for line in lines if _is_of_invoice(line)}
        fields = ("number", "invoice_date", "reference", "move")
        found = self.session.of("account.invoice", "move", sorted(ids), (*fields, "type"))
        return {invoice["move"]: invoice for invoice in found if invoice["type"] == "out"}

    def _lines_asked(self, asked: Asked) -> Domain:
        if asked.since is not None:
            since = asked.since.astimezone(UTC).replace(tzinfo=None)
            names = ("create_date", "write_date", "move.write_date")
            return [*self._receivable(), ["OR", *([name, ">=", since] for name in names)]]
        if asked.customers:
            return [*self._open_lines(), ["party.code", "in", list(asked.customers)]]
        return self._open_lines()

    def _open_lines(self) -> Domain:
        return [*self._receivable(), ["reconciliation", "=", None]]

    def _settled_lines(self) -> Domain:
        since = self.as_of - timedelta(days=_SETTLED_DAYS)
        return [*self._receivable(), ["reconciliation.date", ">", since]]

    def _receivable(self) -> Domain:
        domain: Domain = [
            ["account.type.receivable", "=", True],
            ["party", "!=", None],
            ["move.state", "=", "posted"],
        ]
        companies = [int(company) for company in self.source.connection.companies]
        return [*domain, ["move.company", "in", companies]] if companies else domain

    # --- parties ---

    def customers(self, _asked: Asked) -> Iterator[Row]:
        """Yield the parties of open and settled lines, with language and country."""
        for parties in self._parties():
            places = self._first("party.address", parties, _ADDRESS, _by_sequence)
            for row in self._named(parties):
                place = (places.get(row["party_id"]) or {}).get("country.") or {}
                row["name"] = row["name"] or row["party"]
                yield {**row, "country": place.get("code")}

    def contacts(self, _asked: Asked) -> Iterator[Row]:
        """Yield how each party is reached about its invoices."""
        for parties in self._parties():
            ways: defaultdict[int, dict[str, str]] = defaultdict(dict)
            found = self.session.of("party.contact_mechanism", "party", parties, _MECHANISM)
            for way in sorted(found, key=_by_purpose, reverse=True):  # the first one wins
                if way["type"] in HEADERS["contacts"] and way["value"]:
                    ways[way["party"]][way["type"]] = way["value"]
            for row in self._named([party for party in parties if party in ways]):
                yield {**row, **ways[row["party_id"]]}

    def addresses(self, _asked: Asked) -> Iterator[Row]:
        """Yield where a letter to each party goes."""
        for parties in self._parties():
            places = self._first("party.address", parties, _ADDRESS, _by_purpose)
            for row in self._named([party for party in parties if party in places]):
                place = places[row["party_id"]]
                yield {
                    **row,
                    "name": row["name"] or row["party"],
                    "street": place["street_unstructured"],
                    "postal_code": place["postal_code"],
                    "city": place["city"],
                    "country": (place["country."] or {}).get("code"),
                }

    def _parties(self) -> Iterator[list[int]]:
        ids, size = self._party_ids, self.source.connection.page_rows
        return (ids[first : first + size] for first in range(0, len(ids), size))

    @cached_property
    def _party_ids(self) -> list[int]:
        """The parties of the lines that are read: one light pass over them."""
        domain = ["OR", self._open_lines(), self._settled_lines()]
        pages = self.session.pages("account.move.line", domain, ("party",))
        return sorted({line["party"] for page in pages for line in page})

    def _named(self, parties: Sequence[int]) -> Iterator[Row]:
        for party in self.session.of("party.party", "id", parties, ("code", "name", "lang.code")):
            language = (party["lang."] or {}).get("code", "").partition("_")[0]
            yield {
                "party_id": party["id"],
                "party": party["code"],
                "name": party["name"],
                "language": language or None,
            }

    def _first(
        self, model: str, parties: Sequence[int], fields: Sequence[str], order: Callable[[Row], Any]
    ) -> dict[int, Row]:
        """Return the first record of each party in an order."""
        found = self.session.of(model, "party", parties, tuple({"party", *fields}))
        return {row["party"]: row for row in sorted(found, key=order, reverse=True)}


_READERS: dict[str, Callable[[_Reading, Asked], Iterator[Row]]] = {
    "customers": _Reading.customers,
    "contacts": _Reading.contacts,
    "addresses": _Reading.addresses,
    "open_items": _Reading.open_items,
    "payments": _Reading.payments,
    "holds": _Reading.holds,
}


def _is_of_invoice(line: Row) -> bool:
    return str(line["move."]["origin"] or "").startswith("account.invoice,")


def _place(line: Row) -> Row:
    return {
        "line_id": line["id"],
        "company": line["move."]["company"],
        "party": line["party."]["code"],
    }


def _line(line: Row, invoice: Row | None) -> Row:
    move, balance = line["move."], line["debit"] - line["credit"]
    second = line["second_currency."]
    doc = line["amount_second_currency"]
    return {
        **_place(line),
        "number": (invoice or {}).get("number") or move["number"],
        "kind": _kind(balance, is_invoice=invoice is not None),
        "issue_date": (invoice or {}).get("invoice_date") or move["date"],
        "due_date": line["maturity_date"],
        "currency": second["code"] if second else move["company."]["currency."]["code"],
        "amount": balance if doc is None else doc,
        "reference": (invoice or {}).get("reference"),
        "paid_on": (line["reconciliation."] or {}).get("date"),
    }


def _kind(balance: Any, *, is_invoice: bool) -> str:
    if is_invoice:
        return "invoice" if balance >= 0 else "credit_note"
    return "payment" if balance < 0 else "misc"


def _by_sequence(row: Row) -> tuple[bool, int, int]:
    return (row["sequence"] is not None, row["sequence"] or 0, row["id"])


def _by_purpose(row: Row) -> tuple[bool, bool, int, int]:
    return (not row["invoice"], *_by_sequence(row))
