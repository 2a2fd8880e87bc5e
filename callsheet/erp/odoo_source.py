"""A source that is an Odoo server: its records, in the very columns its SQL queries give."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date
from decimal import Decimal
from functools import cached_property
from typing import Any

from callsheet.erp.connection import OdooRpc
from callsheet.erp.json_rows import CountBetween, sheet_of
from callsheet.erp.mapping import Mapping
from callsheet.erp.odoo import Domain, OdooRecords, Row, records
from callsheet.erp.record import Sheet
from callsheet.erp.source import EVERYTHING, Asked, Discovery, Progress, in_silence

_LINES = "account.move.line"
_RECEIVABLE: Domain = [["account_id.account_type", "=", "asset_receivable"]]
_POSTED: Domain = [["parent_state", "=", "posted"], ["partner_id", "!=", False]]
_OPEN: Domain = [*_RECEIVABLE, ["reconciled", "=", False], *_POSTED]
_LINE = (
    "move_name", "move_type", "partner_id", "company_id", "date", "invoice_date", "ref",
    "date_maturity", "balance", "amount_currency", "amount_residual_currency", "currency_id",
)  # fmt: skip
_PARTNER = ("name", "ref", "lang", "country_id", "email", "phone", "street", "zip", "city")
_PARTY = ("partner_id", "partner", "name", "language", "country")
HEADERS: dict[str, tuple[str, ...]] = {
    "customers": _PARTY,
    "contacts": (*_PARTY, "email", "phone", "mobile"),
    "addresses": (*_PARTY, "street", "zip", "city"),
    "open_items": (
        "line_id", "company", "partner", "number", "kind", "issue_date", "due_date", "currency",
        "amount", "open_amount", "reference",
    ),
}  # fmt: skip
_KINDS = {"out_invoice": "invoice", "out_receipt": "invoice", "out_refund": "credit_note"}


@dataclass(frozen=True)
class OdooSource:
    """An Odoo server. `secret` is the password or API key of its user."""

    connection: OdooRpc
    mapping: Mapping
    secret: str
    by_changes: frozenset[str] = frozenset({"open_items"})
    by_customer: frozenset[str] = frozenset({"open_items"})

    def discover(self) -> Discovery:
        """Sign in, and count the open lines."""
        with self._reading(date.min, in_silence) as tables:
            rows: dict[str, int | None] = dict.fromkeys(HEADERS)
            rows["open_items"] = tables.count("open_items")
            return Discovery(f"Odoo {tables.records.version()}", rows)

    def reading(self, as_of: date, progress: Progress = in_silence) -> Any:
        """Sign in; what changes while it is read is found by the count."""
        return self._reading(as_of, progress)

    @contextmanager
    def _reading(self, as_of: date, progress: Progress) -> Iterator["_Reading"]:
        with records(self.connection, self.secret) as found:
            yield _Reading(self, found, progress)


@dataclass
class _Reading:
    """The tables while they are read."""

    source: OdooSource
    records: OdooRecords
    progress: Progress
    delivery: str = ""
    _codes: dict[int, str] = field(default_factory=dict)  # our key of a partner, by its id

    def origins(self, name: str) -> tuple[str, ...]:
        """Return where a table comes from."""
        return (f"{self.source.connection.url}/{self.source.connection.database}",)

    def count(self, name: str) -> int | None:
        """Return how many lines are open; partners are not counted beforehand."""
        return self.records.count(_LINES, self._open) if name == "open_items" else None

    def sheets(self, name: str, asked: Asked = EVERYTHING) -> Iterator[Sheet]:
        """Yield one table as one sheet, read page by page while it is used."""
        rows = self._items(asked) if name == "open_items" else self._partners()
        check = CountBetween(lambda: self.count(name) if asked.is_everything else None)
        told: Callable[[int], None] = lambda read: self.progress(name, read)  # noqa: E731
        yield sheet_of(HEADERS[name], rows, self.source.mapping.tables[name].written, check, told)

    def _items(self, asked: Asked) -> Iterator[Row]:
        for page in self.records.pages(_LINES, self._lines_asked(asked), _LINE):
            self._learn_codes({line["partner_id"][0] for line in page})
            items = (self._item(line) for line in page)
            yield from (i for i in items if not asked.customers or i["partner"] in asked.customers)

    def _lines_asked(self, asked: Asked) -> Domain:
        if asked.since is not None:
            since = asked.since.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
            changed = ["|", ["write_date", ">=", since], ["move_id.write_date", ">=", since]]
            return [*_RECEIVABLE, *_POSTED, *self._in_companies, *changed]
        if asked.customers:
            codes = list(asked.customers)
            ids = [int(code) for code in codes if code.isdecimal()]
            return [*self._open, "|", ["partner_id.ref", "in", codes], ["partner_id", "in", ids]]
        return self._open

    @property
    def _open(self) -> Domain:
        return [*_OPEN, *self._in_companies]

    @cached_property
    def _in_companies(self) -> Domain:
        """The companies that are asked for; nothing when they are all there are."""
        wanted = {int(company) for company in self.source.connection.companies}
        there = {row["id"] for row in self.records.everything("res.company", ("name",))}
        return [["company_id", "in", sorted(wanted)]] if wanted and there - wanted else []

    def _item(self, line: Row) -> Row:
        currency = line["currency_id"][0]
        move = line["move_type"]
        other = "payment" if line["balance"] < 0 else "misc"
        return {
            "line_id": line["id"],
            "company": line["company_id"][0],
            "partner": self._codes[line["partner_id"][0]],
            "number": line["move_name"],
            "kind": _KINDS.get(move, other),
            "issue_date": line["invoice_date"] or line["date"],
            "due_date": line["date_maturity"],
            "currency": line["currency_id"][1],
            "amount": self._rounded(line["amount_currency"], currency),
            "open_amount": self._rounded(line["amount_residual_currency"], currency),
            "reference": line["ref"],
        }

    def _rounded(self, amount: Any, currency: int) -> Decimal:
        """Return a float of Odoo's as the amount it was before it was one."""
        return Decimal(amount or 0).quantize(self._units[currency])

    @cached_property
    def _units(self) -> dict[int, Decimal]:
        """The smallest amount of each currency."""
        found = self.records.everything("res.currency", ("name", "decimal_places"))
        return {row["id"]: Decimal(1).scaleb(-int(row["decimal_places"] or 0)) for row in found}

    # --- partners ---

    def _partners(self) -> Iterator[Row]:
        """Yield the partners of the open lines, with how they are reached."""
        has_mobile = self.source.connection.version == "18"
        fields = (*_PARTNER, "mobile") if has_mobile else _PARTNER
        for partner in self.records.read("res.partner", self._partner_ids, fields):
            code = self._codes[partner["id"]] = _code(partner)
            country = partner["country_id"]
            yield {
                **partner,
                "partner_id": partner["id"],
                "partner": code,
                "language": (partner["lang"] or "").partition("_")[0] or None,
                "country": self._countries[country[0]] if country else None,
            }

    @cached_property
    def _partner_ids(self) -> list[int]:
        """The partners of the open lines: one light pass over them."""
        pages = self.records.pages(_LINES, self._open, ("partner_id",))
        return sorted({line["partner_id"][0] for page in pages for line in page})

    @cached_property
    def _countries(self) -> dict[int, str]:
        return {c["id"]: c["code"] for c in self.records.everything("res.country", ("code",))}

    def _learn_codes(self, partners: set[int]) -> None:
        unknown: Sequence[int] = sorted(partners - self._codes.keys())
        for partner in self.records.read("res.partner", unknown, ("ref",)):
            self._codes[partner["id"]] = _code(partner)


def _code(partner: Row) -> str:
    return str(partner["ref"] or partner["id"])
